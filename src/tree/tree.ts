import type { NamespaceKind } from "../linux/namespace.ts";
import type { AnchorSource } from "../namespaces/anchor.ts";
import type { apiVersion } from "../namespaces/report.ts";

/** Pods, what anchors them, their containers and processes, and the namespaces of each. Plain data. */
export interface NodeTree {
  readonly apiVersion: typeof apiVersion;
  readonly kind: "Tree";
  readonly endpoint: string;
  /** The host's namespaces, as `dev:ino`. */
  readonly host: NamespaceIds;
  readonly pods: readonly TreePod[];
  /** Processes that this user may not look at: some of the pods' may be among them. */
  readonly hiddenProcesses: number;
}

/** Namespaces by kind, as `dev:ino`. A kind that is not known is absent. */
export type NamespaceIds = Readonly<Partial<Record<NamespaceKind, string>>>;

/** A pod sandbox. */
export interface TreePod {
  readonly id: string;
  readonly name: string;
  readonly namespace: string;
  readonly attempt: number;
  readonly state: "ready" | "notready";
  readonly ips: readonly string[];
  /** Empty for the runtime's default. */
  readonly runtimeHandler: string;
  readonly onHostNetwork: boolean;
  /** What tells its own network namespace; null when nothing does, or it is the host's. */
  readonly anchor: { readonly source: AnchorSource; readonly path: string | null; readonly pid: number | null } | null;
  /** Why the pin that the runtime names shows nothing; null when it does, or there is none. */
  readonly lostPin: string | null;
  /** The pod's own namespaces: what its anchors tell of each kind. */
  readonly namespaces: NamespaceIds;
  /** The sandbox's own process; null for a pauseless or a stopped one. */
  readonly sandbox: TreeMember | null;
  readonly containers: readonly TreeMember[];
}

/** The sandbox's process, or a container. */
export interface TreeMember {
  readonly id: string;
  readonly name: string;
  readonly state: "running" | "exited" | "created" | "unknown";
  readonly pid: number | null;
  /** Why its namespaces are not known; null when they are, or it does not run. */
  readonly reason: string | null;
  readonly namespaces: NamespaceIds;
  /** The kinds in which it is not in the pod's own namespace. */
  readonly differs: readonly NamespaceKind[];
  /** Those of them that were promised otherwise, and those that were promised to differ and do not: in words, by kind. */
  readonly broken: Readonly<Partial<Record<NamespaceKind, string>>>;
  readonly processes: readonly TreeProcess[];
}

/** A process of a member, with those that it started and that still are below it. */
export interface TreeProcess {
  readonly pid: number;
  readonly comm: string;
  /** Program and arguments; empty for a zombie. */
  readonly command: readonly string[];
  /** Clock ticks between boot and its start. */
  readonly startTimeTicks: string;
  /** The kinds in which it is not where the member's first process is. */
  readonly differs: readonly NamespaceKind[];
  readonly children: readonly TreeProcess[];
}
