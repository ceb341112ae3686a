import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setImmediate as soon } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readRotated } from "../../../src/logs/read-lines.ts";

let folder: string;
let path: string;
const unheard: unknown[] = [];
const note = (error: unknown): void => void unheard.push(error);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "crikit-logs-"));
  path = join(folder, "0.log.20261123-100000.gz");
  unheard.length = 0;
  process.on("unhandledRejection", note);
});
afterEach(() => {
  process.off("unhandledRejection", note);
  rmSync(folder, { recursive: true });
});

/** Larger than what is read at once, packed as well. */
const packed = gzipSync(randomBytes(1024 * 1024));

test("who has seen enough of a compressed file leaves no failure behind that nobody hears", async () => {
  writeFileSync(path, packed);
  for await (const chunk of readRotated({ path, key: path, isCompressed: true })) {
    expect(chunk.length).toBeGreaterThan(0);
    break;
  }
  for (let turn = 0; turn < 10; turn++) await soon();
  expect(unheard).toEqual([]);
});

test("a compressed file that is cut short is a failure, told once", async () => {
  writeFileSync(path, packed.subarray(0, packed.length / 2));
  const reading = (async () => {
    for await (const _ of readRotated({ path, key: path, isCompressed: true }));
  })();
  await expect(reading).rejects.toThrow("unexpected end of file");
  for (let turn = 0; turn < 10; turn++) await soon();
  expect(unheard).toEqual([]);
});
