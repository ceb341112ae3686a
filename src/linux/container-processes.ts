import { cgroupNames, cgroupsOf } from "./cgroup.ts";
import { Folder } from "./folder.ts";
import { commandLine, listPids, readOf } from "./process.ts";
import { resolveInRoot } from "./resolve-in-root.ts";

/** A process of a container, as it is now. */
export interface ContainerProcess {
  /** In the container's pid namespace. */
  readonly pid: number;
  /** As this machine sees it. */
  readonly hostPid: number;
  /** The name that the container's own /etc/passwd has for its user, else the number in the container's user namespace. */
  readonly user: string;
  /** One letter: `R`, `S`, `D`, `Z` for a zombie, … */
  readonly state: string;
  /** CPU time it has used, in user and in kernel mode. */
  readonly cpuTimeMs: number;
  readonly residentBytes: number;
  /** Program and arguments; the program's short name in brackets where there are none, as ps(1) has it. */
  readonly command: readonly string[];
}

/** USER_HZ: in what /proc counts CPU time, whatever the kernel's own clock is. @see proc_pid_stat(5) */
const millisecondsOfTick = 10;

/**
 * The processes of containers, by the containers' ids, found by the names of their cgroups: also what was started in one
 * later with exec. Empty for one that has none on this machine.
 *
 * @param proc the root of procfs, which has to be the machine's
 */
export async function containerProcesses(
  ids: readonly string[],
  proc = "/proc",
): Promise<ReadonlyMap<string, readonly ContainerProcess[]>> {
  const found = new Map<string, ContainerProcess[]>(ids.map((id) => [id, []]));
  const names = new Map<string, Promise<ReadonlyMap<number, string>>>();
  for (const hostPid of await listPids(proc)) {
    const cgroups = await cgroupsOf(hostPid, proc);
    const id = ids.find((candidate) => cgroupNames(cgroups, candidate));
    if (id === undefined) continue;
    if (!names.has(id)) names.set(id, userNames(`${proc}/${hostPid}/root`));
    const one = await processOf(hostPid, proc, (await names.get(id)) ?? new Map());
    if (one !== undefined) found.get(id)?.push(one);
  }
  for (const processes of found.values()) processes.sort((a, b) => a.pid - b.pid || a.hostPid - b.hostPid);
  return found;
}

/** `undefined` when it has ended meanwhile. */
async function processOf(
  hostPid: number,
  proc: string,
  names: ReadonlyMap<number, string>,
): Promise<ContainerProcess | undefined> {
  const [stat, status, uidMap, command] = await Promise.all([
    readOf(`${proc}/${hostPid}/stat`),
    readOf(`${proc}/${hostPid}/status`),
    readOf(`${proc}/${hostPid}/uid_map`),
    commandLine(hostPid, proc),
  ]);
  if (stat === undefined || status === undefined) return undefined;
  // After the last parenthesis: state first, and user and system time as the 12th and 13th.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
  const uid = uidInside(Number(lineOf(status, "Uid")?.split(/\s+/u)[1] ?? 0), uidMap ?? "");
  return {
    pid: Number(lineOf(status, "NSpid")?.split(/\s+/u).at(-1) ?? hostPid),
    hostPid,
    user: names.get(uid) ?? String(uid),
    state: fields[0] ?? "?",
    cpuTimeMs: ticks * millisecondsOfTick,
    residentBytes: Number(/^\d+/u.exec(lineOf(status, "VmRSS") ?? "")?.[0] ?? 0) * 1_024,
    command: command.length > 0 ? command : [`[${lineOf(status, "Name") ?? ""}]`],
  };
}

/** A field of `/proc/PID/status`. */
function lineOf(status: string, field: string): string | undefined {
  return new RegExp(String.raw`^${field}:\s*(.*)$`, "mu").exec(status)?.[1];
}

/** The number of a user inside a user namespace, by lines of `inside outside count`. @see user_namespaces(7) */
function uidInside(uid: number, map: string): number {
  for (const line of map.trim().split("\n")) {
    const [inside = 0, outside = 0, count = 0] = line.trim().split(/\s+/u).map(Number);
    if (uid >= outside && uid < outside + count) return uid - outside + inside;
  }
  return uid;
}

/** Longer ones are not read: the file is the container's. */
const longestPasswdBytes = 1 << 20;

/**
 * Names of users by their numbers. Whatever is not a plain file counts as none: the container may have put anything there,
 * and a pipe would be waited for. A link on the way leads nowhere but into the container again.
 *
 * @param root the container's root, as `/proc/PID/root` shows it
 */
async function userNames(root: string): Promise<ReadonlyMap<number, string>> {
  try {
    await using folder = await Folder.open(root);
    await using place = await resolveInRoot(folder, "/etc/passwd", { keepLast: true });
    const file = await place.folder.read(place.name ?? "");
    try {
      if ((await file.stat()).size > longestPasswdBytes) return new Map();
      const lines = (await file.readFile("utf8")).split("\n").map((line) => line.split(":"));
      return new Map(lines.flatMap(([name, , uid]) => (name && /^\d+$/u.test(uid ?? "") ? [[Number(uid), name]] : [])));
    } finally {
      await file.close();
    }
  } catch {
    return new Map();
  }
}
