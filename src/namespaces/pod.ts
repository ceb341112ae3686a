import type { NamespaceKind } from "../linux/namespace.ts";

/** What a container or a pod asked of the runtime. @see CRI NamespaceOption */
export interface NamespacePromise {
  readonly network: NamespaceModeName;
  readonly pid: NamespaceModeName;
  readonly ipc: NamespaceModeName;
  /** The container whose pid namespace is joined when `pid` is `TARGET`. */
  readonly targetId?: string | undefined;
  /** `POD` when the pod has a user namespace of its own. */
  readonly user: "POD" | "NODE";
}

/**
 * What a container is promised that asked for `asked` in a pod that was given `pod`: POD means what the pod has, and that
 * is the host's where the pod is on the host's. A user namespace is never a container's own choice.
 *
 * @see CRI NamespaceOption, LinuxContainerSecurityContext.namespace_options
 */
export function promiseWithin(pod: NamespacePromise, asked: NamespacePromise): NamespacePromise {
  const within = (theirs: NamespaceModeName, own: NamespaceModeName): NamespaceModeName =>
    own === "POD" && theirs === "NODE" ? "NODE" : own;
  return {
    ...asked,
    network: within(pod.network, asked.network),
    ipc: within(pod.ipc, asked.ipc),
    pid: within(pod.pid, asked.pid),
    user: pod.user,
  };
}

/** CRI's NamespaceMode by name. */
export type NamespaceModeName = "POD" | "CONTAINER" | "NODE" | "TARGET";

/** Which pod it is, and what the runtime says of it beside its namespaces. */
export interface PodIdentity {
  readonly id: string;
  readonly name: string;
  /** The Kubernetes namespace; names repeat across them. Empty when the pod has none. */
  readonly namespace: string;
  readonly uid: string;
  readonly attempt: number;
  readonly state: "ready" | "notready";
  /** The addresses that the runtime reports, the primary one first; none for a pod on the host's network. */
  readonly ips: readonly string[];
  /** Empty for the runtime's default. */
  readonly runtimeHandler: string;
  readonly promise: NamespacePromise;
  /** What the pod was asked for, where the runtime keeps that: it has to be what it promises. */
  readonly asked?: NamespacePromise | undefined;
}

/** A pod as the runtime describes it: what there is to measure, and what was promised. Plain data. */
export interface PodToMeasure extends PodIdentity {
  /** Where the runtime pinned the network namespace; absent for a pod on the host's network. */
  readonly pinnedNetnsPath?: string | undefined;
  /** Where it pinned namespaces of other kinds, as CRI-O does. */
  readonly otherPins?: Readonly<Partial<Record<PinnedKind, string>>> | undefined;
  /** The sandbox's own process; absent for a pauseless or a stopped sandbox. */
  readonly sandboxPid?: number | undefined;
  /** When the runtime made the sandbox, nanoseconds since 1970. */
  readonly sandboxStartedAtNs?: bigint | undefined;
  readonly containers: readonly ContainerToMeasure[];
}

/** Kinds of namespace that a runtime may pin beside the network's. */
export type PinnedKind = "ipc" | "uts" | "user";

/** A running container of it. */
export interface ContainerToMeasure {
  readonly id: string;
  readonly name: string;
  /** Its first process; absent when the runtime names none. */
  readonly pid?: number | undefined;
  readonly promise: NamespacePromise;
  /** When the runtime started it, nanoseconds since 1970. */
  readonly startedAtNs?: bigint | undefined;
}

/** Where a member has to be, one kind of namespace at a time. */
export type Expectation =
  | { readonly relation: "same-as-pod" }
  | { readonly relation: "same-as-host" }
  | { readonly relation: "same-as-container"; readonly containerId: string }
  | { readonly relation: "private" }
  | { readonly relation: "not-the-host's" }
  | { readonly relation: "not-promised" };

/** What somebody expects of every pod, whatever it was promised: by kind, the pod's own, one for each alone, or the host's. */
export type Expectations = Readonly<Partial<Record<NamespaceKind, "shared" | "private" | "host">>>;

/**
 * What a member is promised. CRI has no field for UTS: both runtimes share the sandbox's with whoever shares its network
 * and the host's with whoever is on the host's. It says nothing of cgroup and time namespaces.
 *
 * @param kind one kind of namespace
 * @param promise of the container, or of the pod for its sandbox
 * @param member whether it is the sandbox's own process or a container's
 * @param expected what counts instead of the promise, for the kinds that it has
 * @see CRI NamespaceOption, NamespaceMode
 */
export function expectationOf(
  kind: NamespaceKind,
  promise: NamespacePromise,
  member: "sandbox" | "container",
  expected: Expectations = {},
): Expectation {
  const instead = expected[kind];
  if (instead !== undefined) return { relation: wanted[instead] };
  switch (kind) {
    case "net":
    case "uts":
      return shared(promise.network, promise);
    case "ipc":
      return shared(promise.ipc, promise);
    case "pid":
      return member === "sandbox" && promise.pid !== "NODE"
        ? { relation: "not-the-host's" }
        : shared(promise.pid, promise);
    case "mnt":
      return { relation: "private" };
    case "user":
      return shared(promise.user, promise);
    case "cgroup":
    case "time":
      return { relation: "not-promised" };
  }
}

const wanted = { shared: "same-as-pod", private: "private", host: "same-as-host" } as const;

function shared(mode: NamespaceModeName, { targetId }: NamespacePromise): Expectation {
  switch (mode) {
    case "POD":
      return { relation: "same-as-pod" };
    case "NODE":
      return { relation: "same-as-host" };
    case "CONTAINER":
      return { relation: "private" };
    case "TARGET":
      return { relation: "same-as-container", containerId: targetId ?? "" };
  }
}
