import { randomUUID } from "node:crypto";
import { link, readdir, readFile, rmdir, unlink, writeFile } from "node:fs/promises";
import { ownFolder } from "./own-folder.ts";

/** Where crikit notes the names it gave to network namespaces, one file a name, so that a crash can be undone. */
const journalFolder = "/run/crikit/netns-names";

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

/** Notes a name, whole or not at all. @returns false when that name is noted already @throws {HostError} unless run by root */
export async function noteName(record: NameRecord): Promise<boolean> {
  const draft = await writeDraft(`${record.name}.${randomUUID()}.draft`, JSON.stringify(record));
  try {
    await link(draft, fileOf(record.name)); // unlike a rename, it replaces nothing
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  } finally {
    await unlink(draft);
  }
}

/** Whoever forgets the last name takes the folder away, perhaps just now: then once more. */
async function writeDraft(name: string, text: string, tries = 5): Promise<string> {
  try {
    await ownFolder("/run/crikit", 0o755);
    await ownFolder(journalFolder, 0o700);
    await writeFile(`${journalFolder}/${name}`, text, { mode: 0o600 });
    return `${journalFolder}/${name}`;
  } catch (error) {
    if (tries > 1 && error instanceof Error && "code" in error && error.code === "ENOENT")
      return writeDraft(name, text, tries - 1);
    throw error;
  }
}

/** Forgets a name, and the journal's folders with the last one. Harmless when it is not noted. */
export async function forgetName(name: string): Promise<void> {
  await unlink(fileOf(name)).catch(ignoreMissing);
  for (const folder of [journalFolder, "/run/crikit"]) await rmdir(folder).catch(() => undefined); // only if empty
}

/** Every name that is noted. */
export async function notedNames(): Promise<readonly NameRecord[]> {
  const files = (await readdir(journalFolder).catch(ignoreMissing)) ?? [];
  const records = files.filter((file) => file.endsWith(".json")).map((file) => readRecord(`${journalFolder}/${file}`));
  return (await Promise.all(records)).filter((record) => record !== undefined);
}

async function readRecord(path: string): Promise<NameRecord | undefined> {
  const text = await readFile(path, "utf8").catch(ignoreMissing); // it may be forgotten at this moment
  return text === undefined ? undefined : (JSON.parse(text) as NameRecord);
}

function fileOf(name: string): string {
  return `${journalFolder}/${name}.json`;
}

function ignoreMissing(error: unknown): undefined {
  if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
}
