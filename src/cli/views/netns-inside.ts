import type { NetnsInterface, NetnsRoute } from "../../netns/inside.ts";
import type { NetnsSocket } from "../../netns/sockets.ts";
import type { ListKind } from "../list.ts";
import { shortId } from "./human.ts";

/** The interfaces of a network namespace, a line an address. */
export const interfacesKind: ListKind<NetnsInterface> = {
  minWidth: 0,
  columns: [
    { head: "INTERFACE", cell: ({ ifname }) => ifname },
    { head: "STATE", cell: ({ operstate }) => operstate ?? "-" },
    { head: "MTU", cell: ({ mtu }) => String(mtu ?? "-"), key: ({ mtu }) => mtu ?? 0 },
    { head: "ADDRESSES", cell: ({ addr_info: addresses }) => addresses.map(addressOf).join(" ") || "-" },
  ],
  wide: [{ head: "MAC", cell: ({ address }) => address ?? "-" }],
  id: ({ ifname }) => ifname,
  toJson: (link) => link,
  key: "interfaces",
};

/** Its routes. */
export const routesKind: ListKind<NetnsRoute> = {
  minWidth: 0,
  columns: [
    { head: "DESTINATION", cell: ({ dst }) => dst },
    { head: "GATEWAY", cell: ({ gateway }) => gateway ?? "-" },
    { head: "INTERFACE", cell: ({ dev }) => dev ?? "-" },
    { head: "SOURCE", cell: ({ prefsrc }) => prefsrc ?? "-" },
  ],
  id: ({ dst }) => dst,
  toJson: (route) => route,
  key: "routes",
};

/** Its sockets, with who holds them. */
export const socketsKind: ListKind<NetnsSocket> = {
  minWidth: 0,
  columns: [
    { head: "PROTOCOL", cell: ({ protocol }) => protocol },
    { head: "STATE", cell: ({ state }) => state },
    {
      head: "LOCAL",
      cell: ({ localAddress, localPort }) => endpoint(localAddress, localPort),
      key: ({ localPort }) => localPort,
    },
    {
      head: "REMOTE",
      cell: ({ remoteAddress, remotePort }) => endpoint(remoteAddress, remotePort),
      key: ({ remotePort }) => remotePort,
    },
    {
      head: "PROCESSES",
      cell: ({ processes }) => processes.map(({ pid, comm }) => `${comm}(${pid})`).join(",") || "-",
    },
    {
      head: "CONTAINER",
      cell: ({ processes }, { full }) => {
        const ids = [...new Set(processes.flatMap(({ containerId }) => containerId ?? []))];
        return ids.map((id) => (full ? id : shortId(id))).join(",") || "-";
      },
    },
  ],
  id: ({ inode }) => inode,
  toJson: (socket) => socket,
  key: "sockets",
};

function addressOf({ local, prefixlen }: NetnsInterface["addr_info"][number]): string {
  return prefixlen === undefined ? local : `${local}/${prefixlen}`;
}

function endpoint(address: string, port: number): string {
  return `${address.includes(":") ? `[${address}]` : address}:${port === 0 ? "*" : port}`;
}
