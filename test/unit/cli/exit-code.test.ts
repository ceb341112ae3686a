import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { exitCodeOf } from "../../../src/cli/exit-code.ts";
import { CancelledError, LabError, NotFoundError, UsageError } from "../../../src/errors.ts";

test("wrong words are 2, a cancellation 130, what can go wrong in the world 1", () => {
  expect(exitCodeOf(new UsageError("what?"))).toBe(2);
  expect(exitCodeOf(new CancelledError("enough"))).toBe(130);
  expect(exitCodeOf(new NotFoundError("no such pod"))).toBe(1);
});

test("a command may give the ordinary failure another number, and only that", () => {
  expect(exitCodeOf(new LabError("no"), 2)).toBe(2);
  expect(exitCodeOf(new CancelledError("enough"), 3)).toBe(130);
  expect(exitCodeOf(new UsageError("what?"), 3)).toBe(2);
  expect(exitCodeOf(new TypeError("x is undefined"), 2)).toBe(70);
});

test("whatever crikit does not throw on purpose is a bug", () => {
  expect(exitCodeOf(new TypeError("x is undefined"))).toBe(70);
  expect(exitCodeOf("text")).toBe(70);
});

test("of several failures the first one counts", () => {
  expect(exitCodeOf(new AggregateError([new UsageError("what?"), new TypeError("x")]))).toBe(2);
});

test("what the system refuses is no bug", async () => {
  const refused: unknown = await readFile("/nope").catch((error: unknown) => error);
  expect(exitCodeOf(refused)).toBe(1);
  expect(exitCodeOf(refused, 2)).toBe(2);
});
