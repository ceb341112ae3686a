import { realpath } from "node:fs/promises";
import { type Mount, mountsOf } from "../../linux/mountinfo.ts";
import { namespaceOf, showNamespace } from "../../linux/namespace.ts";
import { processStat } from "../../linux/process.ts";
import type { MeasuredPod } from "../measure.ts";
import type { CheckSource } from "./check.ts";

/** The mounts that somebody sees. */
export interface MountView {
  /** Whose they are: the parent of a pod's process, which a runtime's shim or monitor is, or this process. */
  readonly pid: number | "self";
  readonly startTimeTicks: bigint | null;
  readonly mounts: readonly Mount[];
}

/**
 * The mounts as the runtime's side sees them, of each pod. A runtime may live in a mount namespace of its own, and so may
 * crikit: that this process sees no pin does not say that there is none. Each mount namespace is read once, however many
 * pods there are.
 */
export function mountViews({ proc = "/proc" }: Pick<CheckSource, "proc">): (pod?: MeasuredPod) => Promise<MountView> {
  const views = new Map<string, Promise<MountView>>();
  const seenBy = async (pid: MountView["pid"], startTimeTicks: bigint | null): Promise<MountView> => {
    const id = await namespaceOf(pid, "mnt", proc).catch(() => undefined);
    const key = id === undefined ? String(pid) : showNamespace(id);
    for (;;) {
      const known = views.get(key);
      const reading = known ?? readView({ pid, startTimeTicks }, proc);
      views.set(key, reading);
      const view = await reading;
      if (view.mounts.length > 0) return view;
      // Whoever was read has ended meanwhile, and says nothing of what the others in that namespace see.
      if (views.get(key) === reading) views.delete(key);
      if (known === undefined) return view;
    }
  };
  return async (pod) => {
    const shim = pod && (await parentOf(pod, proc));
    const view = shim && (await seenBy(shim.pid, shim.startTimeTicks));
    return view !== undefined && view.mounts.length > 0 ? view : seenBy("self", null);
  };
}

/** Without mounts when it has ended since, or its pid is another's by now: everybody who lives sees a root at least. */
async function readView({ pid, startTimeTicks }: Omit<MountView, "mounts">, proc: string): Promise<MountView> {
  const mounts = await mountsOf(pid, proc);
  const isStill = startTimeTicks === null || (await processStat(Number(pid), proc))?.startTimeTicks === startTimeTicks;
  return { pid, startTimeTicks, mounts: isStill ? mounts : [] };
}

async function parentOf(
  { members }: MeasuredPod,
  proc: string,
): Promise<{ readonly pid: number; readonly startTimeTicks: bigint } | undefined> {
  const member = members.find(({ found, pid }) => found.measured && pid !== undefined);
  const own = member?.pid === undefined ? undefined : await processStat(member.pid, proc);
  const parent = own === undefined || own.parentPid === 0 ? undefined : await processStat(own.parentPid, proc);
  // Ours to look at, or not: without that, our own view has to do.
  const visible = parent && (await namespaceOf(parent.pid, "mnt", proc).catch(() => undefined));
  return visible === undefined ? undefined : parent;
}

/** What is mounted on top at a path, as mountinfo spells it: without links, which `/var/run` is. */
export async function mountAt({ mounts, pid }: MountView, path: string): Promise<Mount | undefined> {
  const real = pid === "self" ? await realpath(path).catch(() => path) : path;
  const spellings = new Set([path, real, path.replace(/^\/var\/run\//u, "/run/")]);
  return mounts.findLast(({ mountPoint }) => spellings.has(mountPoint));
}
