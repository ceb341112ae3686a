import { expect, test } from "vitest";
import { table, type Column } from "../../../../src/cli/views/table.ts";

interface Row {
  readonly name: string;
  readonly net: string;
}

const columns: readonly Column<Row>[] = [
  { head: "NAME", cell: (row) => row.name },
  { head: "NET", cell: (row) => row.net },
];

test("a column is three wider than its widest cell, the last one is as it is", () => {
  expect(
    table(
      columns,
      [
        { name: "web", net: "4026532281" },
        { name: "a-long-name", net: "1" },
      ],
      { minWidth: 0 },
    ),
  ).toBe(["NAME          NET", "web           4026532281", "a-long-name   1"].join("\n"));
});

test("a column is never narrower than crictl's 20", () => {
  expect(table(columns, [{ name: "web", net: "1" }])).toBe(`${"NAME".padEnd(20)}NET\n${"web".padEnd(20)}1`);
  expect(table(columns, [{ name: "x".repeat(18), net: "1" }])).toContain(`${"x".repeat(18)}   1`);
});

test("no line ends in blanks", () => {
  expect(table(columns, [{ name: "web", net: "" }], { minWidth: 0 }).split("\n")[1]).toBe("web");
});

test("no row still prints the heads", () => expect(table(columns, [], { minWidth: 0 })).toBe("NAME   NET"));

test("a name cannot move the cursor, nor begin a line of its own", () => {
  expect(table(columns, [{ name: "\u001b[2Jweb\r\n", net: "\u009b1m" }], { minWidth: 0 }).split("\n")).toEqual([
    "NAME             NET",
    String.raw`\x1b[2Jweb\r\n   \x9b1m`,
  ]);
});

test("wide characters count double", () => {
  expect(table(columns, [{ name: "ポッド", net: "1" }], { minWidth: 0 })).toBe("NAME     NET\nポッド   1");
});

test("a colour takes no room, and there is none where the output has none", () => {
  const painted = columns.map((column) =>
    column.head === "NAME" ? { ...column, color: () => "green" as const } : column,
  );
  const rows = [{ name: "web", net: "1" }];
  expect(table(painted, rows, { minWidth: 0, color: true }).split("\n")[1]).toBe("\u001b[32mweb\u001b[39m    1");
  expect(table(painted, rows, { minWidth: 0, color: false }).split("\n")[1]).toBe("web    1");
});
