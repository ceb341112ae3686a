import { CancelledError, CrikitError } from "../errors.ts";
import { cgroupNames, cgroupsOf } from "../linux/cgroup.ts";
import { namespacesOf } from "../linux/namespace.ts";
import { type ProcessStat, processStat } from "../linux/process.ts";
import type { Found, MeasureOptions, Member } from "./measure.ts";
import type { ProcView } from "./proc-view.ts";

/** A first look has been taken; this is the second, which says what both saw. */
export type LookAgain<T> = () => Promise<T>;

/** What members are looked at with. */
export interface Looking extends Pick<MeasureOptions, "pidNow"> {
  readonly view: ProcView;
  /** The pids that the runtime names for more than one member. */
  readonly repeated: ReadonlySet<number>;
}

/**
 * Reads a process's namespaces between two looks at its start time, so that a pid that was given to another process
 * meanwhile is noticed; and believes it to be the member's only if its cgroup names the container, or the runtime still
 * says so afterwards.
 */
export async function lookAtMember(member: Omit<Member, "found">, looking: Looking): Promise<LookAgain<Found>> {
  const { id, pid } = member;
  const { view, repeated } = looking;
  if (pid === undefined) {
    return unmeasured("the runtime names no process of it: it does not run, or not on this machine");
  }
  if (repeated.has(pid)) {
    return unmeasured(
      `the runtime names process ${pid} for other members too, as where containers live in a virtual machine: their namespaces are not this machine's`,
    );
  }
  const absent = (reason: string): LookAgain<Found> => {
    return async () => ({ measured: false, reason: (await view.whyElsewhere(pid)) ?? reason });
  };
  try {
    const before = await processStat(pid, view.proc);
    if (before === undefined) return absent(`process ${pid} is gone`);
    if (hasDied(before)) return absent(`process ${pid} has died`);
    const cgroups = await cgroupsOf(pid, view.proc);
    const isNamed = cgroupNames(cgroups, id);
    if (isNamed) view.confirm();
    const namespaces = await namespacesOf(pid, view.proc);
    const { startTimeTicks } = before;
    return async () => {
      const after = await processStat(pid, view.proc);
      if (after?.startTimeTicks !== startTimeTicks || hasDied(after)) {
        return { measured: false, reason: `process ${pid} ended while it was measured` };
      }
      const reason = isNamed ? undefined : await doubt({ ...member, pid }, startTimeTicks, looking);
      return reason === undefined ? { measured: true, namespaces, startTimeTicks } : { measured: false, reason };
    };
  } catch (error) {
    return unmeasured(reasonOf(error, pid));
  }
}

function unmeasured(reason: string): LookAgain<Found> {
  return () => Promise.resolve({ measured: false, reason });
}

/** A zombie has lost most of its namespaces already, and what it shows of the others is nobody's. */
function hasDied({ state }: ProcessStat): boolean {
  return state === "Z" || state === "X";
}

/** The runtime's clock and the kernel's tell the start of one process so close together: its own work lies between. */
const leewayNs = 60_000_000_000n;

/** Why the runtime does not vouch for a process whose cgroup does not; undefined when it does. */
async function doubt(
  { kind, id, pid, startedAtNs }: Omit<Member, "found"> & { readonly pid: number },
  startTimeTicks: bigint,
  { view, pidNow }: Looking,
): Promise<string | undefined> {
  const elsewhere = await view.whyElsewhere(pid);
  if (elsewhere !== undefined) return elsewhere;
  const stranger = `process ${pid} belongs to no cgroup of ${id}`;
  const started = startedAtNs === undefined ? undefined : await view.startedAtNs(startTimeTicks);
  if (started !== undefined && startedAtNs !== undefined && distance(started, startedAtNs) > leewayNs) {
    return `${stranger}, and was started at another time than the runtime says`;
  }
  try {
    return (await pidNow?.({ kind, id })) === pid ? undefined : `${stranger}, and the runtime does not confirm it`;
  } catch (error) {
    if (!(error instanceof CrikitError) || error instanceof CancelledError) throw error;
    return `${stranger}, and the runtime was asked in vain: ${error.message}`;
  }
}

function distance(a: bigint, b: bigint): bigint {
  return a < b ? b - a : a - b;
}

function reasonOf(error: unknown, pid: number): string {
  const errno = error instanceof Error && "code" in error ? String(error.code) : "";
  if (errno === "ENOENT" || errno === "ESRCH") return `process ${pid} ended while it was measured`;
  if (errno === "EACCES" || errno === "EPERM") return `may not look at process ${pid}: that takes CAP_SYS_PTRACE`;
  throw error;
}
