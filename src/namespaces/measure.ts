import { CancelledError, CrikitError } from "../errors.ts";
import { cgroupNames, cgroupsOf } from "../linux/cgroup.ts";
import { type NamespaceId, type NamespaceKind, namespacesOf, sameNamespace } from "../linux/namespace.ts";
import { pinnedNamespace } from "../linux/nsfs.ts";
import { type ProcessStat, processStat } from "../linux/process.ts";
import type { NamespacePromise, PodIdentity, PodToMeasure } from "./pod.ts";

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
export interface MeasuredPod extends PodIdentity {
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

/**
 * Measures every member of every pod. All are looked at, and then all are looked at again: whoever is the same process both
 * times lived together with all the others in between. That matters because the kernel gives a namespace's number to
 * another one as soon as it is gone, so only what lives at the same time can be compared. Whoever is gone by then is
 * reported, not guessed.
 */
export async function measurePods(
  pods: readonly PodToMeasure[],
  options: MeasureOptions = {},
): Promise<readonly MeasuredPod[]> {
  const looks = await Promise.all(pods.map((pod) => lookAtPod(pod, options)));
  return Promise.all(looks.map((lookAgain) => lookAgain()));
}

/** A first look has been taken; this is the second, which says what both saw. */
type LookAgain<T> = () => Promise<T>;

async function lookAtPod(pod: PodToMeasure, options: MeasureOptions): Promise<LookAgain<MeasuredPod>> {
  const { pinnedNetnsPath, sandboxPid, containers: within, ...identity } = pod;
  const { id, name, promise } = identity;
  const sandbox = { kind: "sandbox", id, name, pid: sandboxPid, promise } as const;
  const containers = within.map((container) => ({ kind: "container", pid: undefined, ...container }) as const);
  const members = [...(sandboxPid === undefined ? [] : [sandbox]), ...containers];
  const [pin, ...looks] = await Promise.all([
    readPin(pinnedNetnsPath),
    ...members.map(async (member) => ({ member, lookAgain: await lookAtMember(member, options) })),
  ]);
  return async () => ({
    ...identity,
    pin: await samePin(pin),
    members: await Promise.all(looks.map(async ({ member, lookAgain }) => ({ ...member, found: await lookAgain() }))),
  });
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

async function samePin(before: MeasuredPod["pin"]): Promise<MeasuredPod["pin"]> {
  if (before?.id === undefined) return before;
  const after = await readPin(before.path);
  if (after?.id === undefined || sameNamespace(before.id, after.id)) return after;
  return { path: before.path, reason: `${before.path} was made anew while it was measured` };
}

/**
 * Reads a process's namespaces between two looks at its start time, so that a pid that was given to another process
 * meanwhile is noticed; and believes it to be the member's only if its cgroup names the container, or the runtime still
 * says so afterwards.
 */
async function lookAtMember(
  member: Omit<Member, "found">,
  { proc = "/proc", pidNow }: MeasureOptions,
): Promise<LookAgain<Found>> {
  const { id, pid } = member;
  if (pid === undefined) return unmeasured("the runtime names no process: it does not run");
  try {
    const before = await processStat(pid, proc);
    if (before === undefined) return unmeasured(`process ${pid} is gone`);
    if (hasDied(before)) return unmeasured(`process ${pid} has died`);
    const [namespaces, cgroups] = await Promise.all([namespacesOf(pid, proc), cgroupsOf(pid, proc)]);
    const { startTimeTicks } = before;
    return async () => {
      const after = await processStat(pid, proc);
      if (after?.startTimeTicks !== startTimeTicks || hasDied(after)) {
        return { measured: false, reason: `process ${pid} ended while it was measured` };
      }
      const reason = cgroupNames(cgroups, id) ? undefined : await doubt(member, pidNow);
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

/** Why the runtime does not vouch for a process whose cgroup does not; undefined when it does. */
async function doubt(
  { kind, id, pid }: Omit<Member, "found">,
  pidNow: MeasureOptions["pidNow"],
): Promise<string | undefined> {
  const stranger = `process ${pid} belongs to no cgroup of ${id}`;
  try {
    return (await pidNow?.({ kind, id })) === pid ? undefined : `${stranger}, and the runtime does not confirm it`;
  } catch (error) {
    if (!(error instanceof CrikitError) || error instanceof CancelledError) throw error;
    return `${stranger}, and the runtime was asked in vain: ${error.message}`;
  }
}

function reasonOf(error: unknown, pid: number): string {
  const errno = error instanceof Error && "code" in error ? String(error.code) : "";
  if (errno === "ENOENT" || errno === "ESRCH") return `process ${pid} ended while it was measured`;
  if (errno === "EACCES" || errno === "EPERM") return `may not look at process ${pid}: that takes CAP_SYS_PTRACE`;
  throw error;
}
