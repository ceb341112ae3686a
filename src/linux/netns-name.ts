import { constants } from "node:fs";
import { lstat, mkdir, open, readdir, readFile, rename, rmdir, unlink, writeFile } from "node:fs/promises";
import { HostError, UsageError } from "../errors.ts";
import { bindMount, unmount } from "./mount.ts";
import { mountsOf } from "./mountinfo.ts";
import { sameNamespace, showNamespace } from "./namespace.ts";
import { pinnedNamespace } from "./nsfs.ts";
import { processStat } from "./process.ts";

/** Where ip(8) looks for names. `/var/run` is a link to `/run` on every system we know. @see ip-netns(8) */
const namesFolder = "/run/netns";

/** Where crikit notes the names it gave, so that a crash can be undone. */
const journalFolder = "/run/crikit/netns-names";

/** What the journal keeps of one name. */
interface NameRecord {
  readonly name: string;
  readonly pin: string;
  readonly ownerPid: number;
  readonly ownerStartTimeTicks: string;
}

/** A name that was given, gone when it is disposed of. */
export interface NetnsName extends AsyncDisposable {
  readonly name: string;
  readonly path: string;
}

/** What name to give to what. */
export interface NameOptions {
  readonly name: string;
  /** The file that the namespace is pinned to. */
  readonly pin: string;
  /** The name outlives this process: no sweep takes it for an orphan. */
  readonly keep?: boolean | undefined;
}

/**
 * Gives a pinned network namespace a name that ip(8) knows, by a bind mount of the pin: never from `/proc/PID`, which goes
 * with its process, and never with `ip netns add`, which mounts over the folder where runtimes keep their pins. Noted in
 * a journal before the mount is made.
 *
 * @throws {UsageError} when the name could lead out of the folder
 * @throws {HostError} when it is taken, when `pin` is not a namespace, or without CAP_SYS_ADMIN
 */
export async function nameNetns({ name, pin, keep = false }: NameOptions): Promise<NetnsName> {
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/u.test(name)) {
    throw new UsageError(`'${name}' cannot be the name of a network namespace`, {
      hint: "letters, digits, '_', '.' and '-', 64 at most, the first one a letter or a digit",
    });
  }
  const wanted = await pinnedNamespace(pin);
  const path = `${namesFolder}/${name}`;
  await ownFolder(namesFolder, 0o755);
  await claim(path);
  try {
    await note({ name, pin, ...(await markOf(keep ? 1 : "self")) });
    await bindMount(pin, path);
    const made = await pinnedNamespace(path);
    if (!sameNamespace(made, wanted)) {
      throw new HostError(`${path} shows the namespace ${showNamespace(made)} instead of ${showNamespace(wanted)}`);
    }
  } catch (error) {
    await undo(name);
    throw error;
  }
  return { name, path, [Symbol.asyncDispose]: () => unnameNetns(name) };
}

/** Takes a name of ours away again. Harmless when it is gone; a name that is not in the journal is not ours and stays. */
export async function unnameNetns(name: string): Promise<void> {
  const ours: readonly string[] = await readdir(journalFolder).catch(() => []);
  if (ours.includes(`${name}.json`)) await undo(name);
}

async function undo(name: string): Promise<void> {
  const path = `${namesFolder}/${name}`;
  if ((await mountsOf("self")).some(({ mountPoint }) => mountPoint === path)) await unmount(path, { lazy: true });
  await unlink(path).catch(ignoreMissing);
  await unlink(`${journalFolder}/${name}.json`).catch(ignoreMissing);
  for (const folder of [journalFolder, "/run/crikit", namesFolder]) await rmdir(folder).catch(() => undefined);
}

/**
 * Takes away the names of ours whose owner has died, and those of pins below `folder`.
 *
 * @returns the names that were taken away
 */
export async function sweepNetnsNames({ folder }: { readonly folder?: string } = {}): Promise<readonly string[]> {
  const files = await readdir(journalFolder).catch(() => []);
  const swept: string[] = [];
  for (const file of files.filter((entry) => entry.endsWith(".json"))) {
    const record = JSON.parse(await readFile(`${journalFolder}/${file}`, "utf8")) as NameRecord;
    const owner = await processStat(record.ownerPid);
    const orphaned = String(owner?.startTimeTicks) !== record.ownerStartTimeTicks;
    if (!orphaned && !(folder !== undefined && record.pin.startsWith(`${folder}/`))) continue;
    await unnameNetns(record.name);
    swept.push(record.name);
  }
  return swept;
}

/** Whose name it is: this process's, or the first one's, which never ends. */
async function markOf(pid: 1 | "self"): Promise<Pick<NameRecord, "ownerPid" | "ownerStartTimeTicks">> {
  const owner = await processStat(pid);
  if (owner === undefined) throw new HostError("there is no /proc of this machine's processes");
  return { ownerPid: owner.pid, ownerStartTimeTicks: String(owner.startTimeTicks) };
}

/** Creates the file for the mount; `O_EXCL` refuses what is there already, also a planted link. */
async function claim(path: string): Promise<void> {
  try {
    await (
      await open(path, constants.O_CREAT | constants.O_EXCL | constants.O_RDONLY | constants.O_NOFOLLOW, 0o444)
    ).close();
  } catch (error) {
    const taken = error instanceof Error && "code" in error && error.code === "EEXIST";
    throw new HostError(taken ? `${path} is there already` : `cannot create ${path}`, {
      cause: error,
      hint: taken ? "choose another name" : "naming a network namespace needs root",
    });
  }
}

async function note(record: NameRecord): Promise<void> {
  await ownFolder("/run/crikit", 0o755);
  await ownFolder(journalFolder, 0o700);
  const path = `${journalFolder}/${record.name}.json`;
  await writeFile(`${path}.new`, JSON.stringify(record), { mode: 0o600 });
  await rename(`${path}.new`, path);
}

/** A real folder of root's: one that somebody else planted could send our mounts elsewhere. */
async function ownFolder(path: string, mode: number): Promise<void> {
  await mkdir(path, { mode, recursive: true }).catch((error: unknown) => {
    throw new HostError(`cannot create ${path}`, { cause: error, hint: "naming a network namespace needs root" });
  });
  const { uid } = await lstat(path);
  if (!(await lstat(path)).isDirectory() || uid !== 0) throw new HostError(`${path} is not a folder of root's`);
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
}
