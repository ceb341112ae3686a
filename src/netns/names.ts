import { basename, dirname } from "node:path/posix";
import { mountsOf } from "../linux/mountinfo.ts";
import { showNamespace } from "../linux/namespace.ts";
import { notedNames } from "../linux/netns-journal.ts";
import { namesFolder, staleNetnsNames } from "../linux/netns-name.ts";
import { namespaceOfMount } from "../linux/nsfs.ts";

/** A name that a network namespace has below `/run/netns`, or that is in crikit's journal. */
export interface GivenName {
  readonly name: string;
  readonly path: string;
  /** `crikit` when it is in its journal; somebody else's else, such as `ip netns` or a runtime's pin. */
  readonly by: "crikit" | "other";
  /** What it shows, as `dev:ino`; null when nothing is mounted there. */
  readonly id: string | null;
  /** The file that it was made from; null when it is not crikit's. */
  readonly pin: string | null;
  /** `over` when nobody has a use for it any more: 'crikit netns gc' takes it away. */
  readonly state: "in use" | "over";
}

/**
 * The names of network namespaces on this machine, by name.
 *
 * @throws {NodeJS.ErrnoException} `EACCES` when there are names of crikit's and this user may not read its journal
 * @see ip-netns(8)
 */
export async function netnsNames(): Promise<readonly GivenName[]> {
  const [mounts, noted, stale] = await Promise.all([mountsOf("self"), notedNames(), staleNetnsNames()]);
  const over = new Set(stale.map(({ name }) => name));
  const shown = new Map(
    mounts.flatMap((mount) => {
      const namespace = dirname(mount.mountPoint) === namesFolder ? namespaceOfMount(mount) : undefined;
      return namespace?.kind === "net" ? [[basename(mount.mountPoint), showNamespace(namespace.id)] as const] : [];
    }),
  );
  const pins = new Map(noted.map(({ name, pin }) => [name, pin]));
  return [...new Set([...shown.keys(), ...pins.keys()])].toSorted().map((name) => ({
    name,
    path: `${namesFolder}/${name}`,
    by: pins.has(name) ? "crikit" : "other",
    id: shown.get(name) ?? null,
    pin: pins.get(name) ?? null,
    state: over.has(name) ? "over" : "in use",
  }));
}
