import type { GivenName } from "../../netns/names.ts";
import type { NetnsOwner, NetworkNamespace } from "../../netns/network-namespace.ts";
import type { ListKind } from "../list.ts";
import type { Color } from "./color.ts";
import { shortId } from "./human.ts";

/** The list of network namespaces. */
export const netnsKind: ListKind<NetworkNamespace> = {
  minWidth: 0,
  columns: [
    { head: "NETNS", cell: ({ inode }) => inode, key: ({ inode }) => BigInt(inode) },
    { head: "OF", cell: ({ owner }) => owner.kind, color: ({ owner, orphan }) => colorOf(owner, orphan) },
    { head: "NAME", cell: nameOf, color: ({ orphan }) => (orphan === null ? undefined : "yellow") },
    { head: "PROCESSES", cell: ({ processes }) => String(processes.count), key: ({ processes }) => processes.count },
    {
      head: "PID",
      cell: ({ processes }) => String(processes.first?.pid ?? "-"),
      key: ({ processes }) => processes.first?.pid ?? 0,
    },
    { head: "COMMAND", cell: ({ processes }) => processes.first?.comm ?? "-" },
    { head: "IP NETNS", cell: ({ names }) => names.map(({ name }) => name).join(",") || "-" },
  ],
  wide: [
    { head: "ID", cell: ({ id }) => id },
    { head: "PINNED AT", cell: ({ pins }) => pins.map(({ path }) => path).join(",") || "-" },
    { head: "PODS", cell: ({ pods }) => pods.map(({ id }) => shortId(id)).join(",") || "-" },
  ],
  id: ({ inode }) => inode,
  name: nameOf,
  toJson: (namespace) => namespace,
  key: "namespaces",
};

function nameOf({ owner, pods, orphan }: NetworkNamespace): string {
  if (orphan !== null) return `orphan: ${orphan}`;
  if (owner.kind !== "host") return owner.name === "" ? "-" : owner.name;
  return pods.length === 0 ? "-" : `${pods.length} ${pods.length === 1 ? "pod" : "pods"} on the host's network`;
}

function colorOf({ kind }: NetnsOwner, orphan: string | null): Color | undefined {
  if (orphan !== null) return "yellow";
  return kind === "host" ? "dim" : kind === "pod" ? "green" : undefined;
}

/** The list of their names. */
export const netnsNamesKind: ListKind<GivenName> = {
  minWidth: 0,
  columns: [
    { head: "NAME", cell: ({ name }) => name },
    { head: "NETNS", cell: ({ id }) => id?.split(":")[1] ?? "-" },
    { head: "BY", cell: ({ by }) => by },
    { head: "STATE", cell: ({ state }) => state, color: ({ state }) => (state === "over" ? "yellow" : undefined) },
    { head: "MADE FROM", cell: ({ pin }) => pin ?? "-" },
  ],
  wide: [{ head: "ID", cell: ({ id }) => id ?? "-" }],
  id: ({ name }) => name,
  toJson: (name) => name,
  key: "names",
};
