// Puts what test/runtime/streaming.test.ts found into a document, between its two marks. Called by hack/streaming-table.
import { readFileSync, writeFileSync } from "node:fs";
import { argv } from "node:process";

const [begin, end] = ["<!-- table: begin -->", "<!-- table: end -->"];

/** The rows as Markdown: one column for each containerd and transport. */
export function tableOf(rows) {
  const columns = [...new Set(rows.flatMap(([, cells]) => Object.keys(cells)))].toSorted(byVersion);
  const line = (cells) => `| ${cells.join(" | ")} |`;
  const heads = columns.map((column) =>
    column
      .replace(/[~+]\S*/u, "")
      .replace(" websocket", " WebSocket")
      .replace(" spdy", " SPDY"),
  );
  return [
    line(["", ...heads]),
    line(["---", ...columns.map(() => "---")]),
    ...rows.map(([what, cells]) => line([what, ...columns.map((column) => cells[column] ?? "–")])),
  ].join("\n");
}

/** The document with the table in it. */
export function withTable(document, table) {
  const [before, rest] = document.split(begin);
  const [, after] = (rest ?? "").split(end);
  if (after === undefined) throw new TypeError(`there is no ${begin} … ${end} in the document`);
  return `${before}${begin}\n\n${table}\n\n${end}${after}`;
}

/** Transport by transport, in each the older containerd first. */
function byVersion(one, other) {
  const [[a = "", first = ""], [b = "", second = ""]] = [one.split(" "), other.split(" ")];
  return first === second ? a.localeCompare(b, "en", { numeric: true }) : first.localeCompare(second);
}

if (argv[1] === import.meta.filename) {
  const [, , found, path] = argv;
  const table = tableOf(JSON.parse(readFileSync(found, "utf8")));
  writeFileSync(path, withTable(readFileSync(path, "utf8"), table));
  console.log(table);
}
