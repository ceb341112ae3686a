import { readlink, readdir } from "node:fs/promises";
import { bounded } from "../bounded.ts";
import { cgroupOwner } from "../linux/cgroup.ts";
import { showNamespace } from "../linux/namespace.ts";
import { processTable, type ProcessEntry } from "../linux/process-table.ts";
import type { RunOptions } from "../linux/run.ts";
import { filesIn } from "./inside.ts";
import { ipv4Of, ipv6Of, type ProcNet } from "./procfs.ts";
import type { NetnsFile } from "./resolve-netns.ts";

/** The tables of sockets in `/proc/net`. */
export const socketTables = ["tcp", "tcp6", "udp", "udp6"] as const;

/** A socket of a network namespace. */
export interface NetnsSocket {
  readonly protocol: (typeof socketTables)[number];
  /** As ss(8) calls it: `LISTEN`, `ESTAB`, `UNCONN`, … */
  readonly state: string;
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** The number of the socket, as in `readlink /proc/PID/fd/N`. 0 for one that belongs to nobody any more. */
  readonly inode: string;
  /** Those that hold it open and may be looked at. */
  readonly processes: readonly SocketProcess[];
}

/** A process that holds a socket open. */
export interface SocketProcess {
  readonly pid: number;
  readonly comm: string;
  /** The container that its cgroup names. */
  readonly containerId: string | null;
}

/**
 * The TCP and UDP sockets of a network namespace, with who holds them: out of `/proc/net` as seen in it, and the open
 * files of the processes that are in it. A socket that was handed to a process elsewhere has nobody here.
 *
 * @throws {HostError} without CAP_SYS_ADMIN, or without nsenter(1)
 * @see proc_pid_net(5), proc_pid_fd(5)
 */
export async function socketsIn(netns: NetnsFile, options: RunOptions = {}): Promise<readonly NetnsSocket[]> {
  const [files, processes] = await Promise.all([filesIn(netns, socketTables, options), processTable()]);
  const inside = processes.filter(
    ({ namespaces }) => namespaces.net !== undefined && showNamespace(namespaces.net) === showNamespace(netns.id),
  );
  const holders = await holdersOf(inside);
  return parseSockets(files).map((socket) => ({ ...socket, processes: holders.get(socket.inode) ?? [] }));
}

/** Parses the four tables. */
export function parseSockets(files: ProcNet): readonly Omit<NetnsSocket, "processes">[] {
  return socketTables.flatMap((protocol) =>
    (files.get(protocol) ?? "")
      .split("\n")
      .slice(1)
      .flatMap((line) => {
        const [, local, remote, state, , , , , , inode] = line.trim().split(/\s+/u);
        if (local === undefined || remote === undefined || state === undefined || inode === undefined) return [];
        const [localAddress, localPort] = endpointOf(local);
        const [remoteAddress, remotePort] = endpointOf(remote);
        const word = states[Number.parseInt(state, 16)] ?? state;
        const shown = protocol.startsWith("udp") && word === "CLOSE" ? "UNCONN" : word;
        return [{ protocol, state: shown, localAddress, localPort, remoteAddress, remotePort, inode }];
      }),
  );
}

/** By number, as the kernel has them in include/net/tcp_states.h, in ss(8)'s words. */
const states: readonly (string | undefined)[] = [
  undefined,
  "ESTAB",
  "SYN-SENT",
  "SYN-RECV",
  "FIN-WAIT-1",
  "FIN-WAIT-2",
  "TIME-WAIT",
  "CLOSE",
  "CLOSE-WAIT",
  "LAST-ACK",
  "LISTEN",
  "CLOSING",
  "NEW-SYN-RECV",
];

/** `0100007F:1F90`: four bytes, or four times four, each in this machine's order; and the port. */
function endpointOf(text: string): readonly [string, number] {
  const [address = "", port = "0"] = text.split(":");
  const words = (address.match(/.{8}/gu) ?? []).map((word) => (word.match(/../gu) ?? []).toReversed().join(""));
  return [address.length === 8 ? ipv4Of(address) : ipv6Of(words.join("")), Number.parseInt(port, 16)];
}

const processesAtOnce = 16;

/** The processes that hold sockets open, by the sockets' numbers. Those that may not be looked at are left out. */
export async function holdersOf(
  processes: readonly ProcessEntry[],
  proc = "/proc",
): Promise<ReadonlyMap<string, readonly SocketProcess[]>> {
  const holders = new Map<string, SocketProcess[]>();
  await bounded(processes, processesAtOnce, async ({ pid, comm, cgroups }) => {
    const folder = `${proc}/${pid}/fd`;
    const names = await readdir(folder).catch(() => []); // it has ended, or is not ours to look at
    const links = await Promise.all(names.map((name) => readlink(`${folder}/${name}`).catch(() => "")));
    for (const inode of new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/u.exec(link)?.[1] ?? []))) {
      const holder = { pid, comm, containerId: cgroupOwner(cgroups)?.id ?? null };
      holders.set(inode, [...(holders.get(inode) ?? []), holder]);
    }
  });
  return holders;
}
