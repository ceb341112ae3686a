import { readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** A log file that was set aside. */
export interface RotatedFile {
  readonly path: string;
  /** The same for a file before and after it is compressed. */
  readonly key: string;
  readonly isCompressed: boolean;
}

/** What kubelet adds to the name of a file that it sets aside: the time, and `.gz` once it is compressed. */
const suffix = /^\.\d{8}-\d{6}(\.gz)?$/u;

/**
 * The files that a log was rotated into, the oldest first. kubelet sets `0.log` aside as `0.log.20261123-150405` and
 * compresses all but the newest of them into `….gz`.
 *
 * @throws {NodeJS.ErrnoException} when the folder cannot be read
 * @see kubelet, container log rotation
 */
export async function rotatedFiles(path: string): Promise<readonly RotatedFile[]> {
  const folder = dirname(path);
  const name = basename(path);
  const byKey = new Map<string, RotatedFile>();
  for (const file of (await readdir(folder)).toSorted()) {
    if (!file.startsWith(name) || !suffix.test(file.slice(name.length))) continue;
    const key = file.replace(/\.gz$/u, "");
    // While it is being compressed both are there, and the plain one is whole.
    if (!byKey.has(key)) byKey.set(key, { path: join(folder, file), key, isCompressed: key !== file });
  }
  return [...byKey.values()].toSorted((a, b) => (a.key < b.key ? -1 : 1));
}
