import { chmod, lstat, mkdir, readdir, realpath, rmdir, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { LabError } from "../errors.ts";
import { labsFolder } from "./lab-paths.ts";

/** Others may pass but not look: a pod in a user namespace has to reach its root file system through it. */
const passable = 0o711;

/**
 * Makes a lab's folder, or takes an empty one that is there.
 *
 * @returns the first folder that goes with the lab, because it was made for it; undefined when all were there
 * @throws {LabError} when a part of the path is a link, or not root's alone, or the folder holds something
 */
export async function makeLabFolder(dir: string): Promise<string | undefined> {
  const missing = await requireSafe(dir);
  for (const path of missing) {
    // One by one: Node's recursive mkdir turns in circles below /proc.
    await mkdir(path).catch((error: unknown) => {
      throw new LabError(`cannot make the folder ${path}`, { cause: error });
    });
    await chmod(path, passable); // not the umask's business: every folder that is made has to let others pass
  }
  const [first, ...others] = await readdir(dir);
  if (first === "lab.json.new" && others.length === 0) {
    await unlink(`${dir}/lab.json.new`); // somebody died while noting the lab, so nothing of it was started
  } else if (first !== undefined) {
    throw new LabError(`${dir} is not empty, and holds no lab`, { hint: "give the lab a folder of its own" });
  }
  return missing[0] ?? (dirname(dir) === labsFolder ? dir : undefined);
}

/** Removes an empty folder, and the empty ones above it up to `first`. Stops at the first that is not empty. */
export async function removeEmptyFolders(dir: string, first: string): Promise<void> {
  for (let path = dir; path.length >= first.length; path = dirname(path)) {
    if (!(await removed(path))) return;
  }
}

async function removed(path: string): Promise<boolean> {
  try {
    await rmdir(path);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "ENOENT";
  }
}

/**
 * What stands at each step from `/` down: somebody else's folder or link could send the lab's mounts elsewhere.
 *
 * @returns the folders that are missing, topmost first
 */
async function requireSafe(dir: string): Promise<readonly string[]> {
  const parts = dir.split("/").slice(1);
  for (let count = 0; count <= parts.length; count++) {
    const path = `/${parts.slice(0, count).join("/")}`;
    const found = await lstat(path).catch(ifMissing);
    if (found === undefined) return parts.slice(count - 1).map((_, at) => `/${parts.slice(0, count + at).join("/")}`);
    if (found.isSymbolicLink()) {
      const real = await realpath(path).catch(() => undefined);
      throw new LabError(`a lab's folder cannot be behind the symbolic link ${path}`, {
        hint: real === undefined ? undefined : `say ${real}${dir.slice(path.length)} instead`,
      });
    }
    if (!found.isDirectory()) throw new LabError(`${path} is not a folder`);
    if (found.uid !== 0) {
      throw new LabError(`a lab's folder cannot be below ${path}, which belongs to user ${found.uid} and not to root`);
    }
    const shared = (found.mode & 0o022) !== 0;
    const sticky = (found.mode & 0o1000) !== 0; // as /tmp: nobody can rename what is root's
    if (shared && (!sticky || count === parts.length)) {
      throw new LabError(`a lab's folder cannot be below ${path}, where others than root can write`);
    }
  }
  return [];
}

function ifMissing(error: unknown): undefined {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
  throw error;
}
