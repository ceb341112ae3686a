import { parse } from "yaml";
import { expect } from "vitest";
import type { Ended } from "../crikit.ts";
import type { Invocation } from "./invocation.ts";
import { expected, patternOf, type Saved } from "./placeholders.ts";
import { tabwriter } from "./tabwriter.ts";

/** Fails unless a command line ended as its row of the table says. */
export function check(row: Invocation, end: Ended, saved: Saved): void {
  const { out, table, json, yaml, err = "", code = 0 } = row;
  expect({ code: end.code, stderr: end.stderr }).toEqual({
    code,
    stderr: expect.stringMatching(patternOf(err, saved)) as string,
  });
  if (json !== undefined) expect(JSON.parse(end.stdout)).toEqual(expected(json, saved));
  else if (yaml !== undefined) expect(parse(end.stdout)).toEqual(expected(yaml, saved));
  else if (table !== undefined) checkTable(table, end.stdout, saved);
  else if (row.save === undefined || out !== undefined) expect(end.stdout).toMatch(patternOf(out ?? "", saved));
}

/** The cells as they have to be, and their places as the tabwriter puts what is really there. */
function checkTable(table: readonly (readonly string[])[], stdout: string, saved: Saved): void {
  const lines = stdout.split("\n").slice(0, -1);
  const cells = lines.map((line) => line.split(/ {3,}/u));
  expect(cells).toEqual(table.map((row) => row.map((cell) => expect.stringMatching(patternOf(cell, saved)) as string)));
  expect(stdout).toBe(tabwriter(cells));
}
