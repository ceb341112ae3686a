/** Milliseconds that a timer of Node's holds; it takes anything longer for one. */
export const longestTimerMs = 2 ** 31 - 1;
