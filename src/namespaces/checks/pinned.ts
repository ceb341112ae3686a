import type { Mount } from "../../linux/mountinfo.ts";
import type { NamespaceId } from "../../linux/namespace.ts";

/** The network namespace that a mount pins; undefined for a mount of anything else. */
export function pinOf({ fileSystem, root, device }: Mount): NamespaceId | undefined {
  const ino = fileSystem === "nsfs" ? /^net:\[(\d+)\]$/u.exec(root)?.[1] : undefined;
  const [major, minor] = device.split(":").map(BigInt);
  if (ino === undefined || major === undefined || minor === undefined) return undefined;
  // As stat(2) puts the two numbers into one, see makedev(3).
  const dev = (major << 8n) | (minor & 0xffn) | ((minor & ~0xffn) << 12n);
  return { dev, ino: BigInt(ino) };
}
