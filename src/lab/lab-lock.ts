import { constants } from "node:fs";
import { chmod, mkdir, open, rmdir, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { CancelledError, LabError } from "../errors.ts";
import { flock } from "../linux/flock.ts";
import { labsFolder } from "./lab-paths.ts";

/** Seconds that somebody else may take: choosing a subnet takes well under one, stopping hundreds of pods half a minute. */
const patienceSeconds = 60;

/**
 * Runs `body` while no other process of this machine does: whoever chooses a subnet, or asks whether another lab is up,
 * must not be overtaken. The kernel lets go of the lock when this process dies.
 *
 * @throws {LabError} when somebody else holds it for a minute
 * @throws {CancelledError} when `signal` aborts while waiting
 */
export async function withLabsLocked<T>(body: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  if (signal?.aborted === true) throw cancelled(signal.reason);
  const handle = await lockLabsFolder(signal);
  try {
    return await body();
  } finally {
    // Who comes first makes it, who goes last takes it away, also when nothing came of it.
    for (const folder of [labsFolder, dirname(labsFolder)]) await rmdir(folder).catch(() => undefined);
    await handle.close();
  }
}

/**
 * Runs `body` while no other process does so for the lab in that folder; two that take down one lab would trip over one
 * another. Nothing is done when the folder is gone, or goes while we wait.
 *
 * @throws {LabError} when somebody else holds it for a minute
 */
export async function withLabLocked(dir: string, body: () => Promise<void>): Promise<void> {
  const handle = await openFolder(dir);
  if (handle === undefined) return;
  try {
    await lock(handle.fd, dir);
    if ((await handle.stat()).nlink > 0) await body();
  } finally {
    await handle.close();
  }
}

/** The lock is on the folder itself, so nothing is left of it. Only root can open the folder, so nobody else can hold it. */
async function lockLabsFolder(signal: AbortSignal | undefined): Promise<FileHandle> {
  for (;;) {
    await makeLabsFolder();
    const handle = await openFolder(labsFolder);
    if (handle === undefined) continue;
    try {
      await lock(handle.fd, labsFolder, signal);
      // The last lab to go takes the folder with it; then the lock is on a folder that nobody finds.
      if ((await handle.stat()).nlink > 0) return handle;
    } catch (error) {
      await handle.close();
      throw error;
    }
    await handle.close();
  }
}

async function openFolder(path: string): Promise<FileHandle | undefined> {
  return open(path, constants.O_RDONLY | constants.O_DIRECTORY).catch(ifMissing);
}

async function makeLabsFolder(): Promise<void> {
  const made = await mkdir(labsFolder, { recursive: true, mode: 0o711 }).catch((error: unknown) => {
    throw new LabError(`cannot make ${labsFolder}`, { cause: error, hint: "labs are root's: use sudo" });
  });
  if (made === undefined) return;
  for (const path of [labsFolder, dirname(labsFolder)]) await chmod(path, 0o711).catch(ifMissing);
}

async function lock(fd: number, folder: string, signal?: AbortSignal): Promise<void> {
  if (await flock(fd, { patienceSeconds, signal })) return;
  throw new LabError(`another crikit has been at work in ${folder} for ${patienceSeconds} seconds`, {
    hint: `look who holds it with 'fuser -v ${folder}'`,
  });
}

function cancelled(cause: unknown): CancelledError {
  return new CancelledError("waiting for other labs was cancelled", { cause });
}

function ifMissing(error: unknown): undefined {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
  throw error;
}
