import { constants } from "node:fs";
import { lstat, open, readdir, unlink } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, normalize } from "node:path";
import { HostError } from "../errors.ts";

/**
 * Removes a container's log file and what it was rotated into: regular files named `LOG` and `LOG.…`, in that one folder. The
 * path comes from the runtime, and a removal must not be talked into taking another file: what is not called `….log` has to
 * begin as a log does.
 *
 * @returns the files that were removed
 * @throws {HostError} when the path cannot be a log's: it is left alone then
 * @throws {NodeJS.ErrnoException} when the folder cannot be read, or a file cannot be removed
 */
export async function removeLog(path: string): Promise<readonly string[]> {
  if (!isAbsolute(path) || normalize(path) !== path || path.endsWith("/")) throw new HostError("no path of a file");
  if (!path.endsWith(".log")) {
    if (!(await isFile(path))) return [];
    if (!(await beginsAsLog(path))) throw new HostError("it does not look like a log");
  }
  const folder = dirname(path);
  const name = basename(path);
  const removed: string[] = [];
  for (const file of (await unlessMissing(readdir(folder))) ?? []) {
    if (file !== name && !file.startsWith(`${name}.`)) continue;
    const whole = join(folder, file);
    // A link is not followed and not removed: whoever put it there knows what it is for.
    if (!(await isFile(whole))) continue;
    const done = unlink(whole).then(() => true);
    if ((await unlessMissing(done)) === true) removed.push(whole);
  }
  return removed;
}

async function isFile(path: string): Promise<boolean> {
  return (await unlessMissing(lstat(path)))?.isFile() === true;
}

/** CRI's `TIME STREAM TAGS TEXT`, or Docker's JSON. */
const logStart = /^(?:\d{4}-\d\d-\d\dT\S{1,40} (?:stdout|stderr) [PF]\b|\{"log":")/u;

/** An empty file is no loss. */
async function beginsAsLog(path: string): Promise<boolean> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(128), 0, 128, 0);
    return bytesRead === 0 || logStart.test(buffer.toString("latin1", 0, bytesRead));
  } finally {
    await file.close();
  }
}

async function unlessMissing<Value>(work: Promise<Value>): Promise<Value | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
