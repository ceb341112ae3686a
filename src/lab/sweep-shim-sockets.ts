import { createHash } from "node:crypto";
import { unlink } from "node:fs/promises";

/** Where all containerds of a machine keep the sockets of their shims; not configurable up to 2.1. */
const shimSockets = "/run/containerd/s";

/**
 * Removes the sockets that killed shims left. A shim's socket is named by the hash of containerd's socket, namespace and
 * sandbox.
 *
 * @see `SocketAddress` in containerd's `pkg/shim/util_unix.go`
 */
export async function sweepShimSockets(socket: string, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    const hash = createHash("sha256").update(`${socket}/k8s.io/${id}`).digest("hex");
    await unlink(`${shimSockets}/${hash}`).catch(() => undefined);
  }
}
