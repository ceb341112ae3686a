import { expect, test } from "vitest";
import { nearest } from "../../src/near.ts";

const commands = ["version", "inspect", "inspectp", "ps", "pods", "rm", "rmp", "stats"];

test.each([
  ["sp", "ps"], // swapped
  ["verison", "version"],
  ["vresion", "version"],
  ["inspct", "inspect"], // lost
  ["inspectt", "inspect"], // added
  ["stacs", "stats"], // changed
  ["pd", "ps"],
])("'%s' means '%s'", (word, meant) => expect(nearest(word, commands)).toBe(meant));

test.each(["frobnicate", "x", "exec"])("'%s' is near to nothing", (word) => {
  expect(nearest(word, ["version", "inspect", "lab"])).toBeUndefined();
});

test("of two that are near the nearer one is meant", () => {
  expect(nearest("inspectq", ["inspectpp", "inspect"])).toBe("inspect");
});
