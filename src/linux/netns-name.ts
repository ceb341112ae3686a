import { constants } from "node:fs";
import { lstat, open, realpath, rmdir, unlink } from "node:fs/promises";
import { HostError, UsageError } from "../errors.ts";
import { Scope } from "../lifetime.ts";
import { bindMount, unmount } from "./mount.ts";
import { mountsOf } from "./mountinfo.ts";
import { type NamespaceId, namespaceOf, sameNamespace } from "./namespace.ts";
import { forgetName, type NameRecord, notedNames, noteName, stateFolder, withNamesLocked } from "./netns-journal.ts";
import { pinnedNamespace } from "./nsfs.ts";
import { ownFolder } from "./own-folder.ts";
import { type ProcessStat, processStat } from "./process.ts";

/** Where ip(8) looks for names. `/var/run` is a link to `/run` on every system we know. @see ip-netns(8) */
export const namesFolder = "/run/netns";

/** The names that are safe in every place where one is used. */
export const netnsNamePattern = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/u;

/** Refuses a name that is not safe in every place where one is used. @throws {UsageError} */
export function refuseName(name: string): void {
  if (netnsNamePattern.test(name)) return;
  throw new UsageError(`'${name}' cannot be the name of a network namespace`, {
    hint: "letters, digits, '_', '.' and '-', 64 at most, the first one a letter or a digit",
  });
}

/** A name that was given, gone when it is disposed of. */
export interface NetnsName extends AsyncDisposable {
  readonly name: string;
  readonly path: string;
}

/** What name to give to what. */
export interface NameOptions {
  readonly name: string;
  /** The file that the namespace is pinned to; or `/proc/PID/ns/net` of `holder`, where nothing pins it. */
  readonly pin: string;
  /** The process whose namespace it is, where `pin` is a link of its. Only that process: a pid may get another one. */
  readonly holder?: Pick<ProcessStat, "pid" | "startTimeTicks"> | undefined;
  /** The name outlives this process: no sweep takes it for an orphan. */
  readonly keep?: boolean | undefined;
}

/**
 * Gives a network namespace a name that ip(8) knows, by a bind mount of its pin; of its process's link where there is no
 * pin. Never with `ip netns add`, which mounts over the folder where runtimes keep their pins. Noted in a journal before
 * anything is made.
 *
 * @throws {UsageError} when the name could lead out of the folder
 * @throws {HostError} when it is taken, when `pin` does not pin a network namespace, or without CAP_SYS_ADMIN
 */
export async function nameNetns({ name, pin, holder, keep = false }: NameOptions): Promise<NetnsName> {
  refuseName(name);
  const id = holder === undefined ? await pinnedNetns(pin) : await netnsOfProcess(holder);
  return withNamesLocked(async () => {
    const others = await notedNames();
    const before = others.find((other) => other.name === name);
    // Left over from a crash, or kept for a pod that is gone.
    if (before !== undefined && (await isOver(before))) await undo(before);
    else if (before !== undefined) throw taken(pathOf(name));
    const madeFolder = !(await isThere(namesFolder)) || others.some((other) => other.madeFolder);
    await give({
      name,
      pin,
      dev: String(id.dev),
      ino: String(id.ino),
      ...(await markOf(keep ? 1 : "self")),
      madeFolder,
    });
    return { name, path: pathOf(name), [Symbol.asyncDispose]: async () => void (await unnameNetns(name)) };
  });
}

/** The steps of it, all or none. */
async function give(record: NameRecord): Promise<void> {
  const { name, pin, madeFolder } = record;
  await using made = new Scope();
  await noteName(record);
  made.defer(() => forgetName(name));
  if (madeFolder) made.defer(removeNamesFolder);
  await ownFolder(namesFolder, 0o755);
  await claim(pathOf(name));
  made.defer(() => takeAway(record));
  await bindMount(pin, pathOf(name));
  // The pin may have become something else since it was looked at, and what is not as noted is not taken away by the step above.
  made.defer(() => unmount(pathOf(name), { lazy: true }));
  if (!(await shows(pathOf(name), record))) throw new HostError(`${pathOf(name)} shows another namespace than ${pin}`);
  made.keep();
}

/**
 * Takes a name of ours away again. Harmless when it is gone; a name that is not in the journal is not ours and stays.
 *
 * @returns whether it was there, and ours
 */
export async function unnameNetns(name: string): Promise<boolean> {
  return (await undoWhere(async (record) => record.name === name)).length > 0;
}

/** The names of ours that nobody has a use for any more: what {@link sweepNetnsNames} would take away. */
export async function staleNetnsNames(): Promise<readonly NameRecord[]> {
  const records = await notedNames();
  const over = await Promise.all(records.map(isOver));
  return records.filter((_, at) => over[at]);
}

/**
 * Takes away the names of ours whose owner has died, the kept ones whose pod is gone, and those of pins below `folder`.
 *
 * @returns the names that were taken away
 */
export async function sweepNetnsNames({ folder }: { readonly folder?: string } = {}): Promise<readonly string[]> {
  return undoWhere(async (record) => {
    const below = folder !== undefined && record.pin.startsWith(`${folder}/`);
    return below || (await isOver(record));
  });
}

async function undoWhere(chosen: (record: NameRecord) => Promise<boolean>): Promise<readonly string[]> {
  if (!(await isThere(stateFolder))) return [];
  return withNamesLocked(async () => {
    const undone: string[] = [];
    for (const record of await notedNames()) {
      if (!(await chosen(record))) continue;
      await undo(record);
      undone.push(record.name);
    }
    return undone;
  });
}

/**
 * The network namespace that `pin` pins. A file below `/proc/PID/ns` is no pin, and a mount of another kind of namespace
 * would be a name that ip(8) shows and cannot enter.
 */
async function pinnedNetns(pin: string): Promise<NamespaceId> {
  const id = await pinnedNamespace(pin);
  const place = await realpath(pin).catch(() => undefined); // what /proc/PID/ns/KIND links to is no path
  const mount = (await mountsOf("self")).findLast(({ mountPoint }) => mountPoint === place);
  if (mount?.root.startsWith("net:") !== true) {
    throw new HostError(`${pin} does not pin a network namespace: ${mount?.root ?? "it is no mount"}`);
  }
  return id;
}

/** The network namespace of a process that still is the same one. */
async function netnsOfProcess({
  pid,
  startTimeTicks,
}: Pick<ProcessStat, "pid" | "startTimeTicks">): Promise<NamespaceId> {
  const id = await namespaceOf(pid, "net").catch(() => undefined);
  if (id === undefined || (await processStat(pid))?.startTimeTicks !== startTimeTicks) {
    throw new HostError(`process ${pid} has ended`, { hint: "look again who is in the pod" });
  }
  return id;
}

/** Whether nobody has a use for the name any more. */
async function isOver(record: NameRecord): Promise<boolean> {
  const owner = await processStat(record.ownerPid);
  if (String(owner?.startTimeTicks) !== record.ownerStartTimeTicks) return true;
  return record.ownerPid === 1 && !((await shows(pathOf(record.name), record)) && (await shows(record.pin, record)));
}

async function undo(record: NameRecord): Promise<void> {
  await takeAway(record);
  if (record.madeFolder) await removeNamesFolder();
  await forgetName(record.name);
}

/** Unmounts and removes the file, if it still is what we made: somebody may have taken it away and reused the name. */
async function takeAway(record: NameRecord): Promise<void> {
  const path = pathOf(record.name);
  if ((await isMounted(path)) && (await shows(path, record))) await unmount(path, { lazy: true });
  const left = await lstat(path).catch(() => undefined);
  if (left?.isFile() === true && left.size === 0 && !(await isMounted(path))) await unlink(path);
}

async function isThere(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined)) !== undefined;
}

async function isMounted(path: string): Promise<boolean> {
  return (await mountsOf("self")).some(({ mountPoint }) => mountPoint === path);
}

async function shows(path: string, { dev, ino }: NameRecord): Promise<boolean> {
  try {
    return sameNamespace(await pinnedNamespace(path), { dev: BigInt(dev), ino: BigInt(ino) });
  } catch (error) {
    if (error instanceof HostError) return false;
    throw error;
  }
}

/** Whose name it is: this process's, or the first one's, which never ends. */
async function markOf(pid: 1 | "self"): Promise<Pick<NameRecord, "ownerPid" | "ownerStartTimeTicks">> {
  const owner = await processStat(pid);
  if (owner === undefined) throw new HostError("there is no /proc of this machine's processes");
  return { ownerPid: owner.pid, ownerStartTimeTicks: String(owner.startTimeTicks) };
}

/** Creates the file for the mount; `O_EXCL` refuses what is there already, also a planted link. */
async function claim(path: string): Promise<void> {
  const flags = constants.O_CREAT | constants.O_EXCL | constants.O_RDONLY | constants.O_NOFOLLOW;
  try {
    await (await open(path, flags, 0o444)).close();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") throw taken(path);
    throw new HostError(`cannot create ${path}`, { cause: error, hint: "naming a network namespace needs root" });
  }
}

function taken(path: string): HostError {
  return new HostError(`${path} is there already`, { hint: "choose another name" });
}

function pathOf(name: string): string {
  return `${namesFolder}/${name}`;
}

async function removeNamesFolder(): Promise<void> {
  await rmdir(namesFolder).catch(() => undefined); // only if empty
}
