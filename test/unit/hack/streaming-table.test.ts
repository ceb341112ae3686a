import { expect, test } from "vitest";

// A script of plain JavaScript: Node 20 runs it without a build.
const { tableOf, withTable } = (await import("../../../hack/streaming-table.js" as string)) as {
  tableOf: (rows: readonly (readonly [string, Readonly<Record<string, string>>])[]) => string;
  withTable: (document: string, table: string) => string;
};

test("every row has a cell for each containerd and transport, the older first", () => {
  const table = tableOf([
    ["one", { "2.1.9+x spdy": "yes", "1.7.24~ds1 spdy": "no" }],
    ["two", { "1.7.24~ds1 websocket": "maybe" }],
  ]);
  expect(table.split("\n")).toEqual([
    "|  | 1.7.24 SPDY | 2.1.9 SPDY | 1.7.24 WebSocket |",
    "| --- | --- | --- | --- |",
    "| one | no | yes | – |",
    "| two | – | – | maybe |",
  ]);
});

test("a document's table is replaced, and the rest of it stays", () => {
  const document = "before\n<!-- table: begin -->\nold\n<!-- table: end -->\nafter\n";
  const once = withTable(document, "new");
  expect(once).toBe("before\n<!-- table: begin -->\n\nnew\n\n<!-- table: end -->\nafter\n");
  expect(withTable(once, "new")).toBe(once);
  expect(() => withTable("no marks", "new")).toThrow(/there is no/u);
});
