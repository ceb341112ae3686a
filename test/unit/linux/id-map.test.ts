import { expect, test } from "vitest";
import { parseIdMap } from "../../../src/linux/id-map.ts";

const map = parseIdMap("         0     100000      65536\n     70000     300000         10\n");

test("numbers of a user namespace are translated both ways", () => {
  for (const [inside, outside] of [
    [0, 100_000],
    [65_535, 165_535],
    [70_009, 300_009],
  ] as const) {
    expect(map.outside(inside)).toBe(outside);
    expect(map.inside(outside)).toBe(inside);
  }
});

test("what belongs to somebody outside is nobody's inside", () => {
  expect([0, 99_999, 165_536, 300_010].map(map.inside)).toEqual([65_534, 65_534, 65_534, 65_534]);
});

test("without a map, and with that of the machine itself, numbers stay as they are", () => {
  for (const same of [parseIdMap(""), parseIdMap("         0          0 4294967295\n")]) {
    expect([same.inside(1_000), same.outside(1_000)]).toEqual([1_000, 1_000]);
  }
});
