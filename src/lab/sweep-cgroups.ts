import { createReadStream } from "node:fs";
import { readdir, readFile, rmdir } from "node:fs/promises";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { LabError } from "../errors.ts";
import { cgroupNames } from "../linux/cgroup.ts";
import { cgroupRoots } from "../linux/cgroup-roots.ts";
import { mountsOf } from "../linux/mountinfo.ts";
import { cgroupParent } from "../sandbox/cgroup-parent.ts";

/** Where containerd puts pods that chose no parent: one place for all containerds of a machine. */
export const sharedParent = "/k8s.io";

/** Milliseconds between two tries at a cgroup that is still busy dying, and how many there are. */
const pauseMs = 20;
const tries = 250;

/**
 * Removes the cgroups of the lab's sandboxes and containers in all hierarchies, whatever parent a pod had chosen.
 *
 * @throws {LabError} when one is still in use
 */
export async function sweepCgroups(ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  for (const root of cgroupRoots(await mountsOf("self"))) await sweepBelow(root, ids);
}

/**
 * The cgroups that pods of the lab had chosen as their parent, and those above, deepest first: runc makes them, and nobody
 * takes them away. Asked of the bundles that are there now; the parent of a pod that is gone is not known any more.
 *
 * @param state containerd's state folder
 */
export async function cgroupParents(state: string): Promise<readonly string[]> {
  const bundles = `${state}/io.containerd.runtime.v2.task/k8s.io`;
  const ids = await readdir(bundles).catch(() => []);
  const parents = new Set<string>();
  for (const id of ids) {
    const config = await readFile(`${bundles}/${id}/config.json`, "utf8").catch(() => "");
    const path = /"cgroupsPath":"(\/[^"\\]*)"/u.exec(config)?.[1] ?? "/";
    for (let parent = dirname(path); parent !== "/"; parent = dirname(parent)) {
      if (parent !== sharedParent) parents.add(parent);
    }
  }
  return [...parents].toSorted((a, b) => b.length - a.length);
}

/** Removes those of the parents that are empty, unless the first part of their path was there before the first lab. */
export async function sweepCgroupParents(parents: readonly string[], before: readonly string[]): Promise<void> {
  const roots = cgroupRoots(await mountsOf("self"));
  for (const parent of parents.filter((path) => !before.includes(path.split("/")[1] ?? ""))) {
    for (const root of roots) await rmdir(`${root}${parent}`).catch(() => undefined); // only if empty
  }
}

/**
 * Removes the cgroups that crikit gave to pods of the lab. Containerd's log has every pod that it was asked for, also one
 * whose making was broken off, of which it keeps nothing else.
 *
 * @throws {LabError} when one is still in use
 */
export async function sweepPodCgroups(log: string): Promise<void> {
  const parents = [...(await podUids(log))].map((uid) => cgroupParent({ uid }, "cgroupfs"));
  if (parents.length === 0) return;
  for (const root of cgroupRoots(await mountsOf("self"))) {
    for (const parent of parents) await removeTree(`${root}${parent}`);
  }
}

async function podUids(log: string): Promise<ReadonlySet<string>> {
  const uids = new Set<string>();
  try {
    for await (const line of createInterface({ input: createReadStream(log) })) {
      const uid = /RunPodSandbox for .*?\buid:[\\"]*([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b/iu.exec(line)?.[1];
      if (uid !== undefined) uids.add(uid);
    }
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  }
  return uids;
}

/** The names of the topmost cgroups, in whichever hierarchy. */
export async function topCgroups(): Promise<readonly string[]> {
  const roots = cgroupRoots(await mountsOf("self"));
  return [...new Set((await Promise.all(roots.map(foldersIn))).flat())];
}

async function sweepBelow(folder: string, ids: readonly string[]): Promise<void> {
  for (const name of await foldersIn(folder)) {
    const path = `${folder}/${name}`;
    const ours = ids.some((id) => cgroupNames([{ hierarchy: 0, controllers: [], path: name }], id));
    await (ours ? removeTree(path) : sweepBelow(path, ids));
  }
}

/** A cgroup is removed with rmdir(2), its children first; its files go with it. */
async function removeTree(path: string): Promise<void> {
  for (const name of await foldersIn(path)) await removeTree(`${path}/${name}`);
  for (let attempt = 0; ; attempt++) {
    try {
      await rmdir(path);
      return;
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      if (code === "ENOENT") return;
      // A zombie that nobody has collected yet keeps it busy for a moment.
      if (code !== "EBUSY" || attempt === tries) {
        throw new LabError(`cannot remove the cgroup ${path}`, { cause: error, hint: `look at ${path}/cgroup.procs` });
      }
      await sleep(pauseMs);
    }
  }
}

async function foldersIn(path: string): Promise<readonly string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}
