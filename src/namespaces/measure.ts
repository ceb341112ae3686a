import { CrikitError } from "../errors.ts";
import { cgroupNames, cgroupsOf } from "../linux/cgroup.ts";
import { type NamespaceId, type NamespaceKind, namespacesOf } from "../linux/namespace.ts";
import { pinnedNamespace } from "../linux/nsfs.ts";
import { processStat } from "../linux/process.ts";
import type { NamespacePromise, PodToMeasure } from "./pod.ts";

/** The namespaces of one process. A kind that the kernel does not have is absent. */
export type Namespaces = Readonly<Partial<Record<NamespaceKind, NamespaceId>>>;

/** A process of a pod, and what the kernel says of it. */
export interface Member {
  readonly kind: "sandbox" | "container";
  readonly id: string;
  readonly name: string;
  readonly pid: number | undefined;
  readonly promise: NamespacePromise;
  readonly found: Found;
}

/** Measured, with the start time that makes the pid unmistakable; or not, and why. */
export type Found =
  | { readonly measured: true; readonly namespaces: Namespaces; readonly startTimeTicks: bigint }
  | { readonly measured: false; readonly reason: string };

/** A pod with everything that was measured of it. */
export interface MeasuredPod {
  readonly id: string;
  readonly name: string;
  readonly promise: NamespacePromise;
  /** The pinned network namespace, when there is a pin. */
  readonly pin: { readonly path: string; readonly id?: NamespaceId; readonly reason?: string } | undefined;
  /** The sandbox's own process first, when it has one. */
  readonly members: readonly Member[];
}

/** How to measure. */
export interface MeasureOptions {
  /** The root of procfs. */
  readonly proc?: string | undefined;
  /**
   * Asks the runtime again for the pid of a member, after it was measured. Called only for a process whose cgroup does not
   * name its container.
   */
  readonly pidNow?: ((member: Pick<Member, "kind" | "id">) => Promise<number | undefined>) | undefined;
}

/** Measures every member of a pod, at once. Whoever is gone by then is reported, not guessed. */
export async function measurePod(pod: PodToMeasure, options: MeasureOptions = {}): Promise<MeasuredPod> {
  const { id, name, promise } = pod;
  const sandbox = { kind: "sandbox", id, name, pid: pod.sandboxPid, promise } as const;
  const containers = pod.containers.map((container) => ({ kind: "container", pid: undefined, ...container }) as const);
  const [pin, ...members] = await Promise.all([
    readPin(pod.pinnedNetnsPath),
    ...[...(pod.sandboxPid === undefined ? [] : [sandbox]), ...containers].map(async (member) => ({
      ...member,
      found: await measureMember(member, options),
    })),
  ]);
  return { id, name, promise, pin, members };
}

async function readPin(path: string | undefined): Promise<MeasuredPod["pin"]> {
  if (path === undefined) return undefined;
  try {
    return { path, id: await pinnedNamespace(path) };
  } catch (error) {
    if (error instanceof CrikitError) return { path, reason: error.message };
    throw error;
  }
}

/**
 * Reads a process's namespaces between two looks at its start time, so that a pid that was given to another process
 * meanwhile is noticed; and believes it to be the member's only if its cgroup names the container, or the runtime still
 * says so afterwards.
 */
async function measureMember(
  member: Omit<Member, "found">,
  { proc = "/proc", pidNow }: MeasureOptions,
): Promise<Found> {
  const { id, pid } = member;
  if (pid === undefined) return { measured: false, reason: "the runtime names no process: it does not run" };
  try {
    const before = await processStat(pid, proc);
    if (before === undefined) return { measured: false, reason: `process ${pid} is gone` };
    if (before.state === "Z" || before.state === "X") return { measured: false, reason: `process ${pid} has died` };
    const [namespaces, cgroups] = await Promise.all([namespacesOf(pid, proc), cgroupsOf(pid, proc)]);
    const after = await processStat(pid, proc);
    if (after?.startTimeTicks !== before.startTimeTicks) {
      return { measured: false, reason: `process ${pid} ended while it was measured` };
    }
    if (!cgroupNames(cgroups, id) && (await pidNow?.(member)) !== pid) {
      return {
        measured: false,
        reason: `process ${pid} belongs to no cgroup of ${id}, and the runtime does not confirm it`,
      };
    }
    return { measured: true, namespaces, startTimeTicks: before.startTimeTicks };
  } catch (error) {
    return { measured: false, reason: reasonOf(error, pid) };
  }
}

function reasonOf(error: unknown, pid: number): string {
  const errno = error instanceof Error && "code" in error ? String(error.code) : "";
  if (errno === "ENOENT" || errno === "ESRCH") return `process ${pid} ended while it was measured`;
  if (errno === "EACCES" || errno === "EPERM") return `may not look at process ${pid}: that takes CAP_SYS_PTRACE`;
  if (error instanceof CrikitError) return error.message;
  throw error;
}
