import { CrikitError } from "../errors.ts";
import { type NamespaceId, type NamespaceKind, sameNamespace } from "../linux/namespace.ts";
import { pinnedNamespace } from "../linux/nsfs.ts";
import { type LookAgain, lookAtMember, type Looking } from "./look-at-member.ts";
import type { NamespacePromise, PinnedKind, PodIdentity, PodToMeasure } from "./pod.ts";
import { ProcView } from "./proc-view.ts";

/** The namespaces of one process. A kind that the kernel does not have is absent. */
export type Namespaces = Readonly<Partial<Record<NamespaceKind, NamespaceId>>>;

/** A process of a pod, and what the kernel says of it. */
export interface Member {
  readonly kind: "sandbox" | "container";
  readonly id: string;
  readonly name: string;
  readonly pid: number | undefined;
  readonly promise: NamespacePromise;
  /** When the runtime started it, nanoseconds since 1970. */
  readonly startedAtNs?: bigint | undefined;
  readonly found: Found;
}

/** Measured, with the start time that makes the pid unmistakable; or not, and why. */
export type Found =
  | { readonly measured: true; readonly namespaces: Namespaces; readonly startTimeTicks: bigint }
  | { readonly measured: false; readonly reason: string };

/** A pod with everything that was measured of it. */
export interface MeasuredPod extends PodIdentity {
  /** The pinned network namespace, when there is a pin. */
  readonly pin: Pin | undefined;
  /** The pins of other kinds, where the runtime makes some. */
  readonly otherPins?: Readonly<Partial<Record<PinnedKind, Pin>>> | undefined;
  /** The sandbox's own process first, when it has one. */
  readonly members: readonly Member[];
}

/** A file that a namespace is pinned to, with the namespace or the reason why it shows none. */
export interface Pin {
  readonly path: string;
  readonly id?: NamespaceId;
  readonly reason?: string;
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
  const looking = { view: new ProcView(options.proc ?? "/proc"), repeated: repeatedPids(pods), pidNow: options.pidNow };
  const looks = await Promise.all(pods.map((pod) => lookAtPod(pod, looking)));
  return Promise.all(looks.map((lookAgain) => lookAgain()));
}

function repeatedPids(pods: readonly PodToMeasure[]): ReadonlySet<number> {
  const unique = new Map(pods.map((pod) => [pod.id, pod])); // a pod may be asked for twice
  const all = [...unique.values()].flatMap(({ sandboxPid, containers }) => [
    sandboxPid,
    ...containers.map(({ pid }) => pid),
  ]);
  const seen = new Set<number>();
  return new Set(all.flatMap((pid) => (pid === undefined ? [] : pid)).filter((pid) => seen.has(pid) || !seen.add(pid)));
}

async function lookAtPod(pod: PodToMeasure, looking: Looking): Promise<LookAgain<MeasuredPod>> {
  const { pinnedNetnsPath, otherPins = {}, sandboxPid, sandboxStartedAtNs, containers: within, ...identity } = pod;
  const { id, name, promise } = identity;
  const sandbox = { kind: "sandbox", id, name, pid: sandboxPid, promise, startedAtNs: sandboxStartedAtNs } as const;
  const containers = within.map((container) => ({ kind: "container", pid: undefined, ...container }) as const);
  const members = [...(sandboxPid === undefined ? [] : [sandbox]), ...containers];
  const [pin, others, ...looks] = await Promise.all([
    readPin(pinnedNetnsPath),
    readPins(otherPins),
    ...members.map(async (member) => ({ member, lookAgain: await lookAtMember(member, looking) })),
  ]);
  return async () => ({
    ...identity,
    pin: await samePin(pin),
    ...(others.length === 0 ? {} : { otherPins: await samePins(others) }),
    members: await Promise.all(looks.map(async ({ member, lookAgain }) => ({ ...member, found: await lookAgain() }))),
  });
}

type NamedPin = readonly [kind: string, pin: Pin | undefined];

function readPins(paths: NonNullable<PodToMeasure["otherPins"]>): Promise<readonly NamedPin[]> {
  return Promise.all(Object.entries(paths).map(async ([kind, path]) => [kind, await readPin(path)] as const));
}

async function samePins(pins: readonly NamedPin[]): Promise<MeasuredPod["otherPins"]> {
  const again = await Promise.all(pins.map(async ([kind, pin]) => [kind, await samePin(pin)] as const));
  return Object.fromEntries(again.filter(([, pin]) => pin !== undefined));
}

async function readPin(path: string | undefined): Promise<Pin | undefined> {
  if (path === undefined) return undefined;
  try {
    return { path, id: await pinnedNamespace(path) };
  } catch (error) {
    if (error instanceof CrikitError) return { path, reason: error.message };
    throw error;
  }
}

async function samePin(before: Pin | undefined): Promise<Pin | undefined> {
  if (before?.id === undefined) return before;
  const after = await readPin(before.path);
  if (after?.id === undefined || sameNamespace(before.id, after.id)) return after;
  return { path: before.path, reason: `${before.path} was made anew while it was measured` };
}
