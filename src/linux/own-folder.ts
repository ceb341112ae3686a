import { lstat, mkdir } from "node:fs/promises";
import { HostError } from "../errors.ts";

/**
 * Makes sure that `path` is a folder that root alone can write into, and no link: in a folder that somebody else can
 * change, or planted, a mount could be sent elsewhere.
 *
 * @param mode of the folder when it has to be made
 * @returns whether it was made
 * @throws {HostError} when it cannot be made, or is not such a folder
 */
export async function ownFolder(path: string, mode: number, tries = 10): Promise<boolean> {
  try {
    const made = await mkdir(path, { mode, recursive: true });
    const found = await lstat(path);
    if (found.isDirectory() && found.uid === 0 && (found.mode & 0o022) === 0) return made !== undefined;
  } catch (error) {
    // Whoever had it before took it away just now, because it was empty.
    const gone = error instanceof Error && "code" in error && error.code === "ENOENT";
    if (gone && tries > 1) return ownFolder(path, mode, tries - 1);
    throw new HostError(`cannot create ${path}`, { cause: error, hint: "naming a network namespace needs root" });
  }
  throw new HostError(`${path} is not a folder that only root can change`, { hint: `look with 'ls -ld ${path}'` });
}
