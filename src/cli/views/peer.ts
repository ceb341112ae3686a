import type { HostRoute, PeeredInterface, Peering } from "../../lookup/peer.ts";
import type { Terminal } from "../outcome.ts";
import { table } from "./table.ts";

/** A pod's interfaces and what is at their other ends, and the host's ways to its addresses. */
export function peerView({ interfaces }: Peering, terminal: Terminal): string {
  const ends = table<PeeredInterface>(
    [
      { head: "POD", cell: ({ name, index }) => `${name} (${index})` },
      { head: "KIND", cell: ({ kind }) => kind || "-" },
      { head: "ADDRESSES", cell: ({ addresses }) => addresses.join(" ") || "-" },
      { head: "HOST", cell: ({ host }) => (host === null ? "-" : `${host.name} (${host.index})`) },
      { head: "STATE", cell: ({ host }) => host?.state ?? "-" },
      { head: "BRIDGE", cell: ({ bridge }) => bridge?.name ?? "-" },
      { head: "BRIDGE ADDRESSES", cell: ({ bridge }) => bridge?.addresses.join(" ") || "-" },
    ],
    interfaces,
    { ...terminal, minWidth: 0 },
  );
  const routes = table<HostRoute>(
    [
      { head: "FROM THE HOST TO", cell: ({ to }) => to },
      { head: "VIA", cell: ({ via }) => via ?? "-" },
      { head: "INTERFACE", cell: ({ device }) => device ?? "-" },
      { head: "SOURCE", cell: ({ source }) => source ?? "-" },
    ],
    interfaces.flatMap((each) => each.routes),
    { ...terminal, minWidth: 0 },
  );
  return `${ends}\n\n${routes}`;
}
