import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { unlink } from "node:fs/promises";
import { createInterface } from "node:readline";
import type { LabPaths } from "./lab-paths.ts";

/** Where all containerds of a machine keep the sockets of their shims; not configurable up to 2.1. */
const shimSockets = "/run/containerd/s";

/**
 * Removes the sockets that killed shims left. A shim's socket is named by the hash of containerd's socket, namespace and
 * sandbox, so no other containerd's can be taken for one. The sandboxes are those that are still known, and those in
 * containerd's log: of one whose making was broken off containerd keeps no folder, and its shim's socket may be there.
 *
 * @see `SocketAddress` in containerd's `pkg/shim/util_unix.go`
 */
export async function sweepShimSockets(
  { socket, log }: Pick<LabPaths, "socket" | "log">,
  ids: readonly string[],
  folder = shimSockets,
): Promise<void> {
  for (const id of new Set([...ids, ...(await idsInLog(log))])) {
    const hash = createHash("sha256").update(`${socket}/k8s.io/${id}`).digest("hex");
    await unlink(`${folder}/${hash}`).catch(() => undefined);
  }
}

async function idsInLog(log: string): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  try {
    for await (const line of createInterface({ input: createReadStream(log) })) {
      for (const [id] of line.matchAll(/\b[0-9a-f]{64}\b/gu)) ids.add(id);
    }
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  }
  return ids;
}
