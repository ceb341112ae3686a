/** The few colours that mean something: good, bad, in between, unimportant. */
export type Color = "green" | "red" | "yellow" | "dim";

/** @see ECMA-48, SGR */
const codes: Record<Color, readonly [on: number, off: number]> = {
  green: [32, 39],
  red: [31, 39],
  yellow: [33, 39],
  dim: [2, 22],
};

/** `text` in a colour where the output has any, else as it is. */
export function paint(text: string, color: Color | undefined, output: { readonly color?: boolean }): string {
  if (color === undefined || output.color !== true) return text;
  const [on, off] = codes[color];
  return `\u001b[${on}m${text}\u001b[${off}m`;
}
