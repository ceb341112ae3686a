/** A network namespace of this machine, and everything that shows whose it is. Plain data. */
export interface NetworkNamespace {
  /** Device and inode of its file on nsfs, as `dev:ino`. */
  readonly id: string;
  /** The number in `readlink /proc/PID/ns/net`. */
  readonly inode: string;
  readonly owner: NetnsOwner;
  /** The pods that live in it: one, or those on the host's network. Empty where no runtime was asked. */
  readonly pods: readonly NetnsPod[];
  /** What keeps it alive beside its processes, and is no name. */
  readonly pins: readonly NetnsPin[];
  /** What `ip netns` calls it. */
  readonly names: readonly NetnsNameOf[];
  readonly processes: NetnsProcesses;
  /** Why nobody needs it any more, where that can be told. */
  readonly orphan: string | null;
}

/** Whose it is. `program` is a process outside of containers, `nobody` one that is only pinned or named. */
export type NetnsOwner =
  | { readonly kind: "host" }
  | { readonly kind: "pod"; readonly name: string }
  | { readonly kind: "container"; readonly name: string }
  | { readonly kind: "program"; readonly name: string }
  | { readonly kind: "nobody"; readonly name: string };

/** A pod that lives in it. */
export interface NetnsPod {
  readonly id: string;
  readonly name: string;
  readonly namespace: string;
}

/** A file that it is mounted on. */
export interface NetnsPin {
  readonly path: string;
  /** Who pins so, as far as the path tells. */
  readonly by: "runtime" | "docker" | "podman" | "unknown";
}

/** A name below `/run/netns`. */
export interface NetnsNameOf {
  readonly name: string;
  /** `crikit` for those in its journal. */
  readonly by: "crikit" | "ip";
}

/** Who is in it. */
export interface NetnsProcesses {
  readonly count: number;
  /** The one with the lowest pid; null when there is none. */
  readonly first: {
    readonly pid: number;
    readonly comm: string;
    /** Clock ticks between boot and its start. */
    readonly startTimeTicks: string;
    /** The container that its cgroup names. */
    readonly containerId: string | null;
  } | null;
}
