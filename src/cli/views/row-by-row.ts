import { table, type Column, type TableLayout } from "./table.ts";

/** A table whose rows come one by one. */
export interface RowByRow<Row> {
  readonly head: string;
  readonly row: (row: Row) => string;
}

/**
 * Lays out a table before its rows are known.
 *
 * @param widest a text as wide as the widest cell of each column
 */
export function rowByRow<Row>(
  columns: readonly Column<Row>[],
  widest: readonly string[],
  layout: TableLayout,
): RowByRow<Row> {
  const model = Symbol("model");
  const modelled = columns.map(({ cell, color, ...column }, at) => ({
    ...column,
    cell: (row: Row | typeof model): string => (row === model ? (widest[at] ?? "") : cell(row as Row)),
    ...(color === undefined
      ? {}
      : { color: (row: Row | typeof model) => (row === model ? undefined : color(row as Row)) }),
  }));
  const line = (at: number, rows: readonly Row[]): string =>
    table<Row | typeof model>(modelled, [model, ...rows], layout).split("\n")[at] ?? "";
  return { head: line(0, []), row: (row) => line(2, [row]) };
}
