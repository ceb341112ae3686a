import { namespacesOf } from "../linux/namespace.ts";
import type { Namespaces } from "./measure.ts";

/**
 * The namespaces of the host: those of its first process, or crikit's own where it may not look at that one (it needs every
 * capability that pid 1 has, see ptrace(2) on access modes). crikit is meant to run on the host.
 *
 * @param pid a process that is known to be in the host's namespaces
 */
export async function hostNamespaces(pid?: number, proc = "/proc"): Promise<Namespaces> {
  if (pid !== undefined) return namespacesOf(pid, proc);
  try {
    return await namespacesOf(1, proc);
  } catch (error) {
    const errno = error instanceof Error && "code" in error ? error.code : undefined;
    // ENOENT: procfs is mounted so that it hides other users' processes, see proc(5) on hidepid.
    if (errno === "EACCES" || errno === "ENOENT") return namespacesOf("self", proc);
    throw error;
  }
}
