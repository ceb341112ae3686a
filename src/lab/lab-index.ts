import { lstat, readdir, readlink, rmdir, symlink, unlink } from "node:fs/promises";
import { labsFolder } from "./lab-paths.ts";
import { readLabRecord, type LabRecord } from "./lab-record.ts";

/** Where the lab of that name lives, undefined when no lab has the name. */
export async function labDir(name: string): Promise<string | undefined> {
  const place = `${labsFolder}/${name}`;
  const found = await lstat(place).catch(() => undefined);
  if (found === undefined) return undefined;
  return found.isSymbolicLink() ? readlink(place) : place;
}

/** Notes a lab that lives elsewhere by its name, as a link to its folder. One that lives here is its own note. */
export async function noteLab({ name, dir }: Pick<LabRecord, "name" | "dir">): Promise<void> {
  const place = `${labsFolder}/${name}`;
  if (dir !== place) await symlink(dir, place);
}

/** Takes the note away. Harmless when there is none. */
export async function forgetLab({ name, dir }: Pick<LabRecord, "name" | "dir">): Promise<void> {
  const place = `${labsFolder}/${name}`;
  if ((await readlink(place).catch(() => undefined)) === dir) await unlink(place);
}

/** The records of every lab of this machine, by name; what has none or an unreadable one is left out. */
export async function labRecords(): Promise<readonly LabRecord[]> {
  const names = await readdir(labsFolder).catch(() => []);
  const records = await Promise.all(
    names
      .toSorted((a, b) => a.localeCompare(b))
      .map(async (name) => {
        const dir = await labDir(name);
        return dir === undefined ? undefined : readLabRecord(dir).catch(() => undefined);
      }),
  );
  return records.filter((record) => record !== undefined);
}

/**
 * Whether the labs' folder holds something that is no lab: whoever was killed while taking a place, before anything was
 * noted or started, leaves an empty folder; whoever deletes a lab's folder by hand leaves a link to nowhere.
 */
export async function isUntidy(): Promise<boolean> {
  const names = await readdir(labsFolder).catch(() => undefined);
  return names !== undefined && (names.length === 0 || (await bareNames(names)).length > 0);
}

/** Takes those away. Only while the labs are locked. */
export async function tidyLabsFolder(): Promise<void> {
  for (const name of await bareNames(await readdir(labsFolder))) {
    const place = `${labsFolder}/${name}`;
    // A folder goes only if it is empty: what else is in it is not known to be ours.
    await unlink(`${place}/lab.json.new`).catch(() => undefined);
    await rmdir(place).catch(() => unlink(place).catch(() => undefined));
  }
}

async function bareNames(names: readonly string[]): Promise<readonly string[]> {
  const bare = await Promise.all(
    names.map(async (name) => {
      const dir = await labDir(name);
      return dir !== undefined && (await readLabRecord(dir).catch(() => "unreadable")) === undefined ? [name] : [];
    }),
  );
  return bare.flat();
}
