import { readOf } from "./process.ts";

/** One line of `/proc/PID/cgroup`. @see cgroups(7) */
export interface CgroupMembership {
  /** 0 is the unified hierarchy, cgroup v2. */
  readonly hierarchy: number;
  /** Empty for cgroup v2. */
  readonly controllers: readonly string[];
  readonly path: string;
}

/** The cgroups of a process, v1, v2 or both; empty when the process is gone. */
export async function cgroupsOf(pid: number, proc = "/proc"): Promise<readonly CgroupMembership[]> {
  return parseCgroups((await readOf(`${proc}/${pid}/cgroup`)) ?? "");
}

/** Parses `/proc/PID/cgroup`. */
export function parseCgroups(text: string): readonly CgroupMembership[] {
  return text
    .split("\n")
    .map((line) => /^(\d+):([^:]*):(.*)$/u.exec(line))
    .flatMap((match) => (match === null ? [] : [match.slice(1)]))
    .map(([hierarchy, controllers = "", path = ""]) => ({
      hierarchy: Number(hierarchy),
      controllers: controllers.split(",").filter((controller) => controller !== ""),
      path,
    }));
}

/**
 * Whether one of the paths is a cgroup of the container or sandbox with that id: runtimes make the id a part of the last
 * names of the path (`/k8s.io/ID`, `cri-containerd-ID.scope`, `crio-ID.scope`), and containers may make more below it.
 */
export function cgroupNames(memberships: readonly CgroupMembership[], id: string): boolean {
  if (id === "") return false; // every name ends in nothing
  return memberships.some(({ path }) =>
    path.split("/").some((part) => {
      const name = part.replace(/\.(?:scope|slice)$/u, "");
      return name === id || name.endsWith(`-${id}`) || name.endsWith(`:${id}`);
    }),
  );
}

/** A container's or a sandbox's id in the path of a cgroup, and who gave the cgroup its name. */
export interface CgroupOwner {
  readonly id: string;
  /** What stands before the id, such as `cri-containerd`, `crio`, `docker`, `libpod`; empty where nothing does. */
  readonly prefix: string;
}

/**
 * Whose cgroup a process is in, out of the names that runtimes give: the innermost 64 hexadecimal digits of a path, bare
 * (`/k8s.io/ID`, `/docker/ID`) or in a systemd scope (`cri-containerd-ID.scope`, `crio-ID.scope`). A container in a
 * container has both; the innermost is whose processes they are.
 */
export function cgroupOwner(memberships: readonly CgroupMembership[]): CgroupOwner | undefined {
  for (const { path } of memberships) {
    for (const part of path.split("/").toReversed()) {
      const [, prefix = "", id] = /^(?:.*:)?(?:([a-z0-9-]+)-)?([0-9a-f]{64})(?:\.scope|\.slice)?$/u.exec(part) ?? [];
      if (id !== undefined) return { id, prefix };
    }
  }
  return undefined;
}
