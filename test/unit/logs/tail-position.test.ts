import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { tailPosition } from "../../../src/logs/tail-position.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "crikit-logs-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test.each([100, 1_000, 16_000])(
  "lines of Docker's of %i characters are known by their ends, wherever the file is cut into chunks",
  async (characters) => {
    const lines = Array.from({ length: 400 }, (_, at) => {
      const stream = at % 2 === 0 ? "stdout" : "stderr";
      return `${JSON.stringify({ log: `${"\u001b".repeat(characters)}\n`, stream, time: "2026-11-23T15:04:05Z" })}\n`;
    });
    const path = join(folder, "0.log");
    writeFileSync(path, lines.join(""));
    await using file = await open(path);
    expect(await tailPosition(file, 150, ({ stream }) => stream === "stderr")).toEqual({
      position: lines.slice(0, 101).join("").length,
      lines: 150,
    });
  },
);
