import { appendFileSync, readdirSync, readlinkSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readLog } from "../../../src/logs/read-log.ts";
import { folder, path } from "./log-place.ts";

const line = (text: string): string => `2026-11-23T15:04:05.123456789Z stdout F ${text}\n`;

/** As kubelet and a runtime do it together. */
function rotate(): void {
  renameSync(path, join(folder, "0.log.20261123-100000"));
  writeFileSync(path, line("new"));
}

/** Files below the folder that this process has open. */
function openFiles(): readonly string[] {
  const targets = readdirSync("/proc/self/fd").flatMap((number) => {
    try {
      return [readlinkSync(`/proc/self/fd/${number}`)];
    } catch {
      return []; // the listing's own
    }
  });
  return targets.filter((target) => target.startsWith(folder));
}

test("a log whose new file goes before it was opened ends with what the old one has", async () => {
  writeFileSync(path, line("old"));
  const { signal } = new AbortController();
  let isRotated = false;
  // The first wait after a rotation is the one for the last lines of the old file.
  const listen = signal.addEventListener.bind(signal);
  signal.addEventListener = (...listener: Parameters<typeof listen>) => {
    if (isRotated) rmSync(path, { force: true });
    listen(...listener);
  };
  const follow = async (): Promise<boolean> => {
    if (!isRotated) rotate();
    isRotated = true;
    return true;
  };
  const seen: string[] = [];
  for await (const entries of readLog(path, { follow, signal })) {
    seen.push(...entries.map(({ content }) => content.toString()));
  }
  expect(seen).toEqual(["old"]);
});

test("who stops in the middle of a rotation leaves no file open", async () => {
  writeFileSync(path, line("old"));
  const follow = async (): Promise<boolean> => {
    appendFileSync(path, line("half").trimEnd());
    rotate();
    return false;
  };
  for await (const entries of readLog(path, { follow })) {
    if (entries.some(({ content }) => content.toString() === "half")) break;
  }
  expect(openFiles()).toEqual([]);
});
