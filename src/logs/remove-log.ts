import { lstat, readdir, unlink } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, normalize } from "node:path";

/**
 * Removes a container's log file and what it was rotated into: regular files named `LOG` and `LOG.…`, in that one folder. A
 * path that does not look like a log's is left alone: it comes from the runtime, and a removal must not be talked into
 * taking another file.
 *
 * @returns the files that were removed
 * @throws {NodeJS.ErrnoException} when the folder cannot be read, or a file cannot be removed
 */
export async function removeLog(path: string): Promise<readonly string[]> {
  if (!isAbsolute(path) || normalize(path) !== path || !path.endsWith(".log")) return [];
  const folder = dirname(path);
  const name = basename(path);
  const removed: string[] = [];
  for (const file of await readdir(folder).catch(nothingThere)) {
    if (file !== name && !file.startsWith(`${name}.`)) continue;
    const whole = join(folder, file);
    const found = await lstat(whole).catch(nothingThere);
    // A link is not followed and not removed: whoever put it there knows what it is for.
    if (!("isFile" in found) || !found.isFile()) continue;
    await unlink(whole);
    removed.push(whole);
  }
  return removed;
}

function nothingThere(error: unknown): [] {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
  throw error;
}
