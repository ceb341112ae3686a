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
  return async (pod) => {
    const shim = pod && (await parentOf(pod, proc));
    const pid: MountView["pid"] = shim?.pid ?? "self";
    const id = await namespaceOf(pid, "mnt", proc).catch(() => undefined);
    const key = id === undefined ? String(pid) : showNamespace(id);
    const known = views.get(key);
    if (known !== undefined) return known;
    const startTimeTicks = shim?.startTimeTicks ?? null;
    const view = mountsOf(pid, proc).then((mounts): MountView => ({ pid, startTimeTicks, mounts }));
    views.set(key, view);
    return view;
  };
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
