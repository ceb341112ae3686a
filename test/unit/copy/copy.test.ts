import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { copy } from "../../../src/copy/copy.ts";
import type { Line } from "../../../src/cri/connect.ts";

/** Nobody is asked: both ends are here. */
const line = {} as Line;

let top: string;

beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), "crikit-copy-"));
  mkdirSync(join(top, "a/in"), { recursive: true });
  writeFileSync(join(top, "a/file"), "text");
});
afterEach(() => rmSync(top, { recursive: true }));

function cp(from: string, to: string, signal?: AbortSignal): ReturnType<typeof copy> {
  const end = (path: string): { readonly kind: "host"; readonly path: string } => ({
    kind: "host",
    path: `${top}/${path}`,
  });
  return copy(line, { from: end(from), to: end(to) }, { streaming: { signal } });
}

test.each([
  ["a", "a/in"],
  ["a", "a/new"],
  ["a/.", "a/in"],
  ["a/.", "a"],
  ["a", ""],
  ["a/file", "a"],
  ["a/file", "a/file"],
])("%s is not copied into itself: %s", async (from, to) => {
  await expect(cp(from, to)).rejects.toMatchObject({ code: "usage" });
  expect(readdirSync(join(top, "a"))).toEqual(["file", "in"]);
  expect(readdirSync(join(top, "a/in"))).toEqual([]);
});

test("what only begins like it is another place", async () => {
  mkdirSync(join(top, "ab"));
  await cp("a", "ab");
  await cp("a/file", "a/in");
  expect(existsSync(join(top, "ab/a/file")) && existsSync(join(top, "a/in/file"))).toBe(true);
});

test("a copy that is given up is cancelled, with the reason", async () => {
  const reason = new Error("enough");
  await expect(cp("a", "b", AbortSignal.abort(reason))).rejects.toMatchObject({ code: "cancelled", cause: reason });
});
