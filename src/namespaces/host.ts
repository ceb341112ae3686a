import { readlink } from "node:fs/promises";
import { HostError } from "../errors.ts";
import { namespacesOf } from "../linux/namespace.ts";
import type { Namespaces } from "./measure.ts";

/**
 * The namespaces of the host: those of its first process, or crikit's own where it may not look at that one (it needs every
 * capability that pid 1 has, see ptrace(2) on access modes). crikit is meant to run on the host.
 *
 * @param pid a process that is known to be in the host's namespaces
 * @param options `sure`: for who judges by them, crikit's own count only where they can be the host's
 * @throws {HostError} when that is asked for, and crikit is in a container
 */
export async function hostNamespaces(
  pid?: number,
  proc = "/proc",
  { sure = false }: { readonly sure?: boolean } = {},
): Promise<Namespaces> {
  if (pid !== undefined) return namespacesOf(pid, proc);
  try {
    return await namespacesOf(1, proc);
  } catch (error) {
    const errno = error instanceof Error && "code" in error ? error.code : undefined;
    // ENOENT: procfs is mounted so that it hides other users' processes, see proc(5) on hidepid.
    if (errno !== "EACCES" && errno !== "ENOENT") throw error;
    if (sure) await refuseContainer(proc);
    return namespacesOf("self", proc);
  }
}

/** The first namespace of each kind that has a number of its own on every kernel since 4.6: linux/proc_ns.h, `PROC_*_INIT_INO`. */
const first = { ipc: 4026531839, uts: 4026531838, user: 4026531837, pid: 4026531836, cgroup: 4026531835 } as const;

/** @throws {HostError} when crikit's own namespaces are certainly not the host's */
async function refuseContainer(proc: string): Promise<void> {
  for (const [kind, inode] of Object.entries(first)) {
    const own = await readlink(`${proc}/self/ns/${kind}`).catch(() => undefined);
    if (own === undefined || own === `${kind}:[${inode}]`) continue;
    throw new HostError(`the host's namespaces are not to be seen: crikit has a ${kind} namespace of its own`, {
      hint: "process 1 of the host shows them to whoever has hostPID: true and every capability that it has",
    });
  }
}
