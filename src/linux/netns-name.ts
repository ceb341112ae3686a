import { constants } from "node:fs";
import { lstat, open, realpath, rmdir, unlink } from "node:fs/promises";
import { HostError, UsageError } from "../errors.ts";
import { Scope } from "../lifetime.ts";
import { bindMount, unmount } from "./mount.ts";
import { mountsOf } from "./mountinfo.ts";
import { type NamespaceId, sameNamespace } from "./namespace.ts";
import { forgetName, type NameRecord, notedNames, noteName } from "./netns-journal.ts";
import { pinnedNamespace } from "./nsfs.ts";
import { ownFolder } from "./own-folder.ts";
import { processStat } from "./process.ts";

/** Where ip(8) looks for names. `/var/run` is a link to `/run` on every system we know. @see ip-netns(8) */
const namesFolder = "/run/netns";

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
 * a journal before anything is made.
 *
 * @throws {UsageError} when the name could lead out of the folder
 * @throws {HostError} when it is taken, when `pin` does not pin a network namespace, or without CAP_SYS_ADMIN
 */
export async function nameNetns({ name, pin, keep = false }: NameOptions): Promise<NetnsName> {
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/u.test(name)) {
    throw new UsageError(`'${name}' cannot be the name of a network namespace`, {
      hint: "letters, digits, '_', '.' and '-', 64 at most, the first one a letter or a digit",
    });
  }
  const { dev, ino } = await pinnedNetns(pin);
  const path = pathOf(name);
  const inherited = (await notedNames()).some(({ madeFolder }) => madeFolder);
  const madeFolder = (await ownFolder(namesFolder, 0o755)) || inherited;
  const record = { name, pin, dev: String(dev), ino: String(ino), ...(await markOf(keep ? 1 : "self")), madeFolder };

  await using made = new Scope();
  made.defer(() => (madeFolder ? removeNamesFolder() : Promise.resolve()));
  await note(record);
  made.defer(() => forgetName(name));
  await claim(path);
  made.defer(() => takeAway(record));
  await bindMount(pin, path);
  if (!(await shows(path, record))) throw new HostError(`${path} shows another namespace than ${pin}`);
  made.keep();
  return { name, path, [Symbol.asyncDispose]: () => unnameNetns(name) };
}

/** Takes a name of ours away again. Harmless when it is gone; a name that is not in the journal is not ours and stays. */
export async function unnameNetns(name: string): Promise<void> {
  for (const record of await notedNames()) if (record.name === name) await undo(record);
}

/**
 * Takes away the names of ours whose owner has died, the kept ones whose pod is gone, and those of pins below `folder`.
 *
 * @returns the names that were taken away
 */
export async function sweepNetnsNames({ folder }: { readonly folder?: string } = {}): Promise<readonly string[]> {
  const swept: string[] = [];
  for (const record of await notedNames()) {
    const below = folder !== undefined && record.pin.startsWith(`${folder}/`);
    if (!below && !(await isOver(record))) continue;
    await undo(record);
    swept.push(record.name);
  }
  return swept;
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

async function note(record: NameRecord): Promise<void> {
  if (await noteName(record)) return;
  // Left over from a crash, or kept for a pod that is gone.
  for (const other of await notedNames()) if (other.name === record.name && (await isOver(other))) await undo(other);
  if (!(await noteName(record))) throw taken(pathOf(record.name));
}

/** Whether nobody has a use for the name any more. */
async function isOver(record: NameRecord): Promise<boolean> {
  const owner = await processStat(record.ownerPid);
  if (String(owner?.startTimeTicks) !== record.ownerStartTimeTicks) return true;
  return record.ownerPid === 1 && !((await shows(pathOf(record.name), record)) && (await shows(record.pin, record)));
}

async function undo(record: NameRecord): Promise<void> {
  await takeAway(record);
  await forgetName(record.name);
  if (record.madeFolder) await removeNamesFolder();
}

/** Unmounts and removes the file, if it still is what we made: somebody may have taken it away and reused the name. */
async function takeAway(record: NameRecord): Promise<void> {
  const path = pathOf(record.name);
  if ((await isMounted(path)) && (await shows(path, record))) await unmount(path, { lazy: true });
  const left = await lstat(path).catch(() => undefined);
  if (left?.isFile() === true && left.size === 0 && !(await isMounted(path))) await unlink(path);
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
async function claim(path: string, tries = 5): Promise<void> {
  const flags = constants.O_CREAT | constants.O_EXCL | constants.O_RDONLY | constants.O_NOFOLLOW;
  try {
    await (await open(path, flags, 0o444)).close();
  } catch (error) {
    const errno = error instanceof Error && "code" in error ? error.code : undefined;
    if (errno === "EEXIST") throw taken(path);
    if (errno !== "ENOENT" || tries === 1) {
      throw new HostError(`cannot create ${path}`, { cause: error, hint: "naming a network namespace needs root" });
    }
    await ownFolder(namesFolder, 0o755); // the last name before ours has just taken the folder with it
    await claim(path, tries - 1);
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
