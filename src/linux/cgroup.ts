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
