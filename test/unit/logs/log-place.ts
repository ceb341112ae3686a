import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach } from "vitest";

/** A folder that is the own of each test of the file that imports this, and where the log of a container is to be in it. */
export let folder: string;
export let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "crikit-logs-"));
  path = join(folder, "0.log");
});
afterEach(() => rmSync(folder, { recursive: true }));
