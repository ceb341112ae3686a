import { stat } from "node:fs/promises";

/** The kinds of namespace that Linux has, by their names under `/proc/PID/ns`. @see namespaces(7) */
export const namespaceKinds = ["net", "ipc", "uts", "pid", "mnt", "user", "cgroup", "time"] as const;

/** One kind of namespace. */
export type NamespaceKind = (typeof namespaceKinds)[number];

/**
 * Identity of a Linux namespace: `st_dev` and `st_ino` of its file on nsfs. The inode alone is not enough, a number is
 * unique on one device only, and it may be used again once the namespace is gone.
 *
 * @see namespaces(7), section "The /proc/pid/ns/ directory"
 */
export interface NamespaceId {
  readonly dev: bigint;
  readonly ino: bigint;
}

/**
 * Reads the identity of a process's namespace from `/proc/PID/ns/KIND`.
 *
 * @param pid as seen in the pid namespace that `proc` was mounted for
 * @param proc the root of procfs
 * @throws {NodeJS.ErrnoException} `ENOENT` when the process is gone or the kernel has no such kind, `EACCES` without
 *   CAP_SYS_PTRACE over it
 */
export async function namespaceOf(pid: number | "self", kind: NamespaceKind, proc = "/proc"): Promise<NamespaceId> {
  const { dev, ino } = await stat(`${proc}/${pid}/ns/${kind}`, { bigint: true });
  return { dev, ino };
}

/**
 * Every namespace of a process. A kind that this kernel does not have is absent.
 *
 * @throws {NodeJS.ErrnoException} `ENOENT` when the process is gone, `EACCES` without CAP_SYS_PTRACE over it
 */
export async function namespacesOf(
  pid: number | "self",
  proc = "/proc",
): Promise<Readonly<Partial<Record<NamespaceKind, NamespaceId>>>> {
  const found = await Promise.all(
    namespaceKinds.map(async (kind) => {
      try {
        return [[kind, await namespaceOf(pid, kind, proc)]] as const;
      } catch (error) {
        // A kind from a newer kernel; a process that is gone lacks all of them, and its `net` tells.
        if (kind !== "net" && error instanceof Error && "code" in error && error.code === "ENOENT") return [];
        throw error;
      }
    }),
  );
  return Object.fromEntries(found.flat());
}

/** Whether two identities are of one namespace. Both have to be alive at the same time: the kernel reuses numbers. */
export function sameNamespace(a: NamespaceId, b: NamespaceId): boolean {
  return a.dev === b.dev && a.ino === b.ino;
}

/** `dev:ino` in decimal, as `stat -L -c %d:%i` prints it. */
export function showNamespace({ dev, ino }: NamespaceId): string {
  return `${dev}:${ino}`;
}
