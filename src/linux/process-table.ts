import { bounded } from "../bounded.ts";
import { type CgroupMembership, cgroupsOf } from "./cgroup.ts";
import { type NamespaceId, type NamespaceKind, namespacesOf } from "./namespace.ts";
import { listPids, type ProcessStat, processStat } from "./process.ts";

/** A process as the kernel shows it. */
export interface ProcessEntry extends ProcessStat {
  readonly cgroups: readonly CgroupMembership[];
  /** Its namespaces. A kind that the kernel does not have is absent; all are when they could not be read. */
  readonly namespaces: Readonly<Partial<Record<NamespaceKind, NamespaceId>>>;
  /** Why its namespaces could not be read; absent when they were. */
  readonly hidden?: HiddenReason;
}

/** `no-permission`: CAP_SYS_PTRACE is missing over it. `dead`: a zombie, which has let go of them. */
export type HiddenReason = "no-permission" | "dead";

/** How many processes are looked at at once. */
const processesAtOnce = 32;

/**
 * Every process that `proc` shows, by pid, in one scan. Each is looked at twice, so that no entry mixes a process with the
 * one that was given its pid; one that ends meanwhile is left out. It is no picture of one moment: what is compared has to
 * live at the same time, and who needs that looks again.
 *
 * @param proc the root of procfs, which has to be the machine's
 * @see proc_pid_stat(5), proc_pid_cgroup(5), namespaces(7)
 */
export async function processTable(proc = "/proc"): Promise<readonly ProcessEntry[]> {
  const pids = await listPids(proc);
  const entries = await bounded(pids, processesAtOnce, (pid) => processEntry(pid, proc));
  return entries.filter((entry) => entry !== undefined).toSorted((a, b) => a.pid - b.pid);
}

/** One process; `undefined` when it is gone, or has ended while it was looked at. */
export async function processEntry(pid: number, proc = "/proc"): Promise<ProcessEntry | undefined> {
  const before = await processStat(pid, proc);
  if (before === undefined) return undefined;
  const [cgroups, shown] = await Promise.all([cgroupsOf(pid, proc), shownBy(before, proc)]);
  const after = await processStat(pid, proc);
  if (after?.startTimeTicks !== before.startTimeTicks || shown === undefined) return undefined;
  return { ...after, cgroups, ...shown };
}

/** `undefined` when it is gone. */
async function shownBy(
  { pid, state }: ProcessStat,
  proc: string,
): Promise<Pick<ProcessEntry, "namespaces" | "hidden"> | undefined> {
  if (state === "Z" || state === "X") return { namespaces: {}, hidden: "dead" };
  try {
    return { namespaces: await namespacesOf(pid, proc) };
  } catch (error) {
    const errno = error instanceof Error && "code" in error ? error.code : undefined;
    if (errno === "EACCES" || errno === "EPERM") return { namespaces: {}, hidden: "no-permission" };
    if (errno === "ENOENT" || errno === "ESRCH") return undefined;
    throw error;
  }
}
