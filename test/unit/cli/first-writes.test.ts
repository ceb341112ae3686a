import { execFileSync } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, readFileSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { FirstWrites } from "../../../src/cli/first-writes.ts";

const folder = mkdtempSync(join(tmpdir(), "crikit-first-writes-"));
afterAll(() => rmSync(folder, { recursive: true }));
const bytes = (length: number): Buffer => Buffer.alloc(length, "x");

/** A pipe: where to write, and where to read. */
function pipe(name: string, flags = 0): { readonly to: number; readonly from: number } {
  const path = join(folder, name);
  execFileSync("mkfifo", [path]);
  const from = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  return { from, to: openSync(path, constants.O_WRONLY | flags) };
}

test("a pipe takes what fits it, once; anything more is the stream's", () => {
  const { to, from } = pipe("room");
  const first = new FirstWrites(to);
  expect(first.write(bytes(60_000))).toHaveLength(0);
  expect(first.isOver).toBe(false);
  expect(first.write(bytes(6_000))).toHaveLength(6_000);
  expect(first.isOver).toBe(true);
  expect(first.write(bytes(1))).toHaveLength(1);
  expect(readSync(from, Buffer.alloc(100_000))).toBe(60_000);
  closeSync(to);
  closeSync(from);
});

test("a pipe that is full and not to be waited for leaves the rest to the stream", () => {
  const { to, from } = pipe("full", constants.O_NONBLOCK);
  new FirstWrites(to).write(bytes(65_000));
  const other = new FirstWrites(to);
  const rest = other.write(bytes(60_000));
  expect(rest.length).toBeGreaterThan(50_000);
  expect(other.isOver).toBe(true);
  expect(readSync(from, Buffer.alloc(200_000))).toBe(65_000 + 60_000 - rest.length);
  closeSync(to);
  closeSync(from);
});

test("a pipe that nobody reads any more says so", () => {
  const { to, from } = pipe("broken");
  closeSync(from);
  expect(() => new FirstWrites(to).write(bytes(1))).toThrow(expect.objectContaining({ code: "EPIPE" }) as Error);
  closeSync(to);
});

test("a file is written to, and so is nowhere; a device such as a terminal is left to its stream, and so is what is closed", () => {
  const path = join(folder, "file");
  const file = openSync(path, "w");
  expect(new FirstWrites(file).write(Buffer.from("text"))).toHaveLength(0);
  closeSync(file);
  expect(readFileSync(path, "utf8")).toBe("text");
  const nowhere = openSync("/dev/null", "w");
  expect(new FirstWrites(nowhere).write(bytes(1_000))).toHaveLength(0);
  closeSync(nowhere);
  const device = openSync("/dev/zero", "w");
  expect(new FirstWrites(device).isOver).toBe(true);
  closeSync(device);
  expect(new FirstWrites(device).isOver).toBe(true);
});
