/**
 * Lines of cells as Go's text/tabwriter lays them out for crictl, written from Go's description and apart from crikit's own:
 * a column is 3 wider than its widest cell and 20 at least; the last cell of a line is not padded.
 */
export function tabwriter(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.slice(0, -1).forEach((cell, at) => (widths[at] = Math.max(widths[at] ?? 20, cell.length + 3)));
  }
  return rows
    .map((row) => row.map((cell, at) => (at === row.length - 1 ? cell : cell.padEnd(widths[at] ?? 0))).join(""))
    .map((line) => `${line}\n`)
    .join("");
}
