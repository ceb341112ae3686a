import { stat, statfs } from "node:fs/promises";
import { HostError } from "../errors.ts";
import type { Mount } from "./mountinfo.ts";
import { type NamespaceId, type NamespaceKind, namespaceKinds } from "./namespace.ts";

/** `NSFS_MAGIC` of linux/magic.h: what statfs(2) says of a namespace file. */
const nsfsMagic = 0x6e736673;

/**
 * The namespace that a file pins. A pin is a bind mount of a file of nsfs; when the mount is gone the plain file below it
 * is left, and its inode says nothing.
 *
 * @throws {HostError} when there is no such file, it may not be looked at, or it is not a namespace
 */
export async function pinnedNamespace(path: string): Promise<NamespaceId> {
  try {
    const before = await stat(path, { bigint: true });
    const { type } = await statfs(path, { bigint: true });
    if (Number(type) !== nsfsMagic) {
      throw new HostError(`${path} is not a namespace: nothing is mounted on it`, {
        hint: "the pod's network namespace was taken away under it; look with 'findmnt -t nsfs'",
      });
    }
    // Looked at twice, for a mount that came or went in between: the number of the file below it says nothing.
    const { dev, ino } = await stat(path, { bigint: true });
    if (dev !== before.dev || ino !== before.ino) throw new HostError(`${path} changed while it was looked at`);
    return { dev, ino };
  } catch (error) {
    if (error instanceof HostError) throw error;
    const errno = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new HostError(`cannot look at the pinned namespace ${path} (${errno})`, {
      cause: error,
      hint:
        errno === "ENOENT" ? "crikit has to run on the runtime's own host, in its mount namespace" : "run it as root",
    });
  }
}

/** The namespace that a mount pins, out of mountinfo alone; `undefined` for a mount of anything else. */
export function namespaceOfMount({
  fileSystem,
  root,
  device,
}: Mount): { readonly kind: NamespaceKind; readonly id: NamespaceId } | undefined {
  const [, name, ino] = (fileSystem === "nsfs" ? /^([a-z]+):\[(\d+)\]$/u.exec(root) : null) ?? [];
  const kind = namespaceKinds.find((each) => each === name);
  const [major, minor] = device.split(":").map(BigInt);
  if (kind === undefined || ino === undefined || major === undefined || minor === undefined) return undefined;
  // As stat(2) puts the two numbers into one, see makedev(3).
  const dev = (major << 8n) | (minor & 0xffn) | ((minor & ~0xffn) << 12n);
  return { kind, id: { dev, ino: BigInt(ino) } };
}
