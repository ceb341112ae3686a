import { constants } from "node:fs";
import { open, readdir, readFile, rename, rmdir, unlink, writeFile } from "node:fs/promises";
import { HostError } from "../errors.ts";
import { flock } from "./flock.ts";
import { ownFolder } from "./own-folder.ts";

/** What crikit keeps until the machine is started again. Not there while there is nothing to keep. */
export const stateFolder = "/run/crikit";

/** The names that crikit gave to network namespaces, one file a name, so that a crash can be undone. */
const journalFolder = `${stateFolder}/netns-names`;

/** A record that is being written. */
const draft = `${journalFolder}/draft`;

/** Giving a name and taking it away are a few system calls each. */
const patienceSeconds = 30;

/** What the journal keeps of one name. */
export interface NameRecord {
  readonly name: string;
  readonly pin: string;
  /** Device and inode of the namespace, in decimal. */
  readonly dev: string;
  readonly ino: string;
  /** The process that the name goes with; the machine's first one for a name that is kept. */
  readonly ownerPid: number;
  readonly ownerStartTimeTicks: string;
  /** Whether the folder of names was made for this one, or for another that was noted beside it: the last one removes it. */
  readonly madeFolder: boolean;
}

/**
 * Runs `body` while no other process gives or takes names. The lock is on the journal's folder, which comes with the first
 * name and goes with the last.
 *
 * @throws {HostError} unless run by root, or when somebody else holds it for half a minute
 */
export async function withNamesLocked<T>(body: () => Promise<T>): Promise<T> {
  for (;;) {
    await ownFolder(stateFolder, 0o711);
    await ownFolder(journalFolder, 0o700);
    const folder = await open(journalFolder, constants.O_RDONLY | constants.O_DIRECTORY).catch(ignoreMissing);
    if (folder === undefined) continue;
    try {
      await lock(folder.fd);
      // The last name takes the folder with it; then the lock is on one that nobody finds.
      if ((await folder.stat()).nlink > 0) return await thenTidy(body);
    } finally {
      await folder.close();
    }
  }
}

async function lock(fd: number): Promise<void> {
  if (await flock(fd, { patienceSeconds })) return;
  throw new HostError(`another crikit has been at work in ${journalFolder} for ${patienceSeconds} seconds`, {
    hint: `look who holds it with 'fuser -v ${journalFolder}'`,
  });
}

async function thenTidy<T>(body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } finally {
    await unlink(draft).catch(ignoreMissing); // of a crash between the two steps of noting
    for (const path of [journalFolder, stateFolder]) await rmdir(path).catch(() => undefined); // only if empty
  }
}

/** Notes a name, whole or not at all. Called with the lock held. */
export async function noteName(record: NameRecord): Promise<void> {
  await writeFile(draft, JSON.stringify(record), { mode: 0o600 });
  await rename(draft, fileOf(record.name));
}

/** Forgets a name. Harmless when it is not noted. Called with the lock held. */
export async function forgetName(name: string): Promise<void> {
  await unlink(fileOf(name)).catch(ignoreMissing);
}

/** Every name that is noted. */
export async function notedNames(): Promise<readonly NameRecord[]> {
  const files = (await readdir(journalFolder).catch(ignoreMissing)) ?? [];
  const texts = files
    .filter((file) => file.endsWith(".json"))
    .map((file) => readFile(`${journalFolder}/${file}`, "utf8").catch(ignoreMissing)); // without the lock, it may go
  return (await Promise.all(texts)).flatMap((text) => (text === undefined ? [] : [JSON.parse(text) as NameRecord]));
}

function fileOf(name: string): string {
  return `${journalFolder}/${name}.json`;
}

function ignoreMissing(error: unknown): undefined {
  if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
}
