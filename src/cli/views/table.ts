import { paint, type Color } from "./color.ts";
import { printable } from "./printable.ts";
import { widthOf } from "./width.ts";

/** One column of a table. */
export interface Column<Row> {
  readonly head: string;
  readonly cell: (row: Row) => string;
  readonly color?: (row: Row) => Color | undefined;
}

/** How a table is laid out. A `Terminal` is one. */
export interface TableLayout {
  readonly color?: boolean;
  /** The least columns that a cell gets, but for the last of a line. 20 when absent, as in crictl. */
  readonly minWidth?: number;
}

const gap = 3;

/**
 * Lays rows out as crictl does: a column is three wider than its widest cell and never narrower than `minWidth`; the last
 * one is not padded. What a terminal would obey is shown escaped. No row still prints the heads.
 *
 * @see Go text/tabwriter
 */
export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[], layout: TableLayout = {}): string {
  const texts = rows.map((row) => columns.map((column) => printable(column.cell(row))));
  const heads = columns.map((column) => column.head);
  const widths = heads.map((_, at) => {
    let width = layout.minWidth ?? 20;
    for (const cells of [heads, ...texts]) width = Math.max(width, widthOf(cells[at] ?? "") + gap);
    return width;
  });
  const line = (cells: readonly string[], row?: Row): string => {
    const last = cells.findLastIndex((cell) => cell !== "");
    return cells
      .slice(0, last + 1)
      .map((cell, at) => {
        const color = row === undefined ? undefined : columns[at]?.color?.(row);
        const padding = at === last ? 0 : (widths[at] ?? 0) - widthOf(cell);
        return paint(cell, color, layout) + " ".repeat(padding);
      })
      .join("");
  };
  return [line(heads), ...texts.map((cells, at) => line(cells, rows[at]))].join("\n");
}
