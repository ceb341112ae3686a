import type { TerminalSize } from "../streaming/session.ts";

/** The terminal that the user types at. */
export interface Keyboard {
  /**
   * Hands every key over as it is typed, none of them obeyed or shown here, until it is disposed of. The terminal is as it
   * was then, and also when this process is killed.
   */
  raw(): Promise<AsyncDisposable>;
  /** The size of the screen now, and again whenever it changes, until `stop` aborts. */
  sizes(stop: AbortSignal): AsyncIterable<TerminalSize>;
}

/** What of the process a keyboard is made of. */
export interface KeyboardParts {
  readonly input: Pick<NodeJS.ReadStream, "isTTY" | "setRawMode">;
  /** Those that may know how large the screen is. */
  readonly screens: readonly Pick<NodeJS.WriteStream, "isTTY" | "getWindowSize">[];
  /** Calls back at a signal, until what it returns is called. */
  readonly onSignal: (signal: "SIGWINCH" | "SIGCONT", callback: () => void) => () => void;
}

/** The keyboard, where input is one. */
export function keyboardOf({ input, screens, onSignal }: KeyboardParts): Keyboard | undefined {
  if (!input.isTTY) return undefined;
  return {
    async raw() {
      const { guardTerminal } = await import("../linux/terminal-guard.ts"); // brings child processes along
      const guard = await guardTerminal();
      input.setRawMode(true);
      guard.arm();
      // Who stops us, the shell for one, takes the terminal back.
      const forget = onSignal("SIGCONT", () => input.setRawMode(true));
      return {
        async [Symbol.asyncDispose]() {
          forget();
          input.setRawMode(false);
          await guard.release();
        },
      };
    },
    async *sizes(stop) {
      const screen = screens.find(({ isTTY }) => isTTY);
      if (screen === undefined) return;
      let wake = (): void => undefined;
      let hasChanged = true;
      const forget = onSignal("SIGWINCH", () => {
        hasChanged = true;
        wake();
      });
      const end = (): void => wake();
      stop.addEventListener("abort", end);
      try {
        while (!stop.aborted) {
          if (hasChanged) {
            hasChanged = false;
            const [columns, rows] = screen.getWindowSize();
            yield { columns, rows };
            continue;
          }
          await new Promise<void>((resolve) => (wake = resolve));
        }
      } finally {
        forget();
        stop.removeEventListener("abort", end);
      }
    },
  };
}
