import { basename, dirname } from "node:path/posix";
import { cgroupOwner } from "../linux/cgroup.ts";
import type { Mount } from "../linux/mountinfo.ts";
import { type NamespaceId, showNamespace } from "../linux/namespace.ts";
import { namesFolder } from "../linux/netns-name.ts";
import { namespaceOfMount } from "../linux/nsfs.ts";
import type { ProcessEntry } from "../linux/process-table.ts";
import type {
  NetnsNameOf,
  NetnsOwner,
  NetnsPin,
  NetnsPod,
  NetnsProcesses,
  NetworkNamespace,
} from "./network-namespace.ts";

/** A pod, and the network namespace that it was found to have. */
export interface PodInNetns extends NetnsPod {
  readonly netns: NamespaceId;
  /** Where the runtime says that it pinned it. */
  readonly pinPath: string | undefined;
}

/** Everything that was looked at. */
export interface NetnsSources {
  readonly processes: readonly ProcessEntry[];
  readonly mounts: readonly Mount[];
  readonly host: NamespaceId;
  readonly pods: readonly PodInNetns[];
  /** Containers by id, as `NAMESPACE/POD/CONTAINER`. */
  readonly containers: ReadonlyMap<string, string>;
  /** The names in crikit's journal. */
  readonly ownNames: ReadonlySet<string>;
  /** Why a pin is an orphan, by its path. */
  readonly orphans: ReadonlyMap<string, string>;
}

/** Everything of one namespace, before it is judged. */
interface Gathered {
  readonly id: NamespaceId;
  readonly processes: ProcessEntry[];
  readonly paths: Set<string>;
  readonly pods: PodInNetns[];
}

/**
 * Every network namespace that somebody is in or that is mounted somewhere, with whose it is: the host's first, then those
 * of pods by name, then the others. One that only an open file or a socket keeps alive is not to be seen in procfs.
 */
export function describeNetns(sources: NetnsSources): readonly NetworkNamespace[] {
  const all = new Map<string, Gathered>();
  const at = (id: NamespaceId): Gathered => {
    const known = all.get(showNamespace(id)) ?? { id, processes: [], paths: new Set(), pods: [] };
    all.set(showNamespace(id), known);
    return known;
  };
  at(sources.host);
  for (const entry of sources.processes)
    if (entry.namespaces.net !== undefined) at(entry.namespaces.net).processes.push(entry);
  for (const mount of sources.mounts) {
    const shown = namespaceOfMount(mount);
    if (shown?.kind === "net") at(shown.id).paths.add(mount.mountPoint);
  }
  for (const pod of sources.pods) at(pod.netns).pods.push(pod);
  return [...all.values()]
    .map((gathered) => describeOne(gathered, sources))
    .toSorted(
      (a, b) => order[a.owner.kind] - order[b.owner.kind] || compare(ownerName(a), ownerName(b)) || compare(a.id, b.id),
    );
}

const order = { host: 0, pod: 1, container: 2, program: 3, nobody: 4 } as const satisfies Record<
  NetnsOwner["kind"],
  number
>;

function describeOne(gathered: Gathered, sources: NetnsSources): NetworkNamespace {
  const { id, pods } = gathered;
  const paths = [...gathered.paths].toSorted(compare);
  const runtimePins = new Set(
    sources.pods.flatMap(({ pinPath }) => (pinPath === undefined ? [] : [withoutLink(pinPath)])),
  );
  const isName = (path: string): boolean =>
    dirname(path) === namesFolder && !runtimePins.has(path) && !isRuntimePin(path);
  const names = paths.filter(isName).map((path): NetnsNameOf => {
    const name = basename(path);
    return { name, by: sources.ownNames.has(name) ? "crikit" : "ip" };
  });
  const pins = paths
    .filter((path) => !isName(path))
    .map((path): NetnsPin => ({ path, by: runtimePins.has(path) ? "runtime" : pinnedBy(path) }));
  const orphan = paths.map((path) => sources.orphans.get(path)).find((reason) => reason !== undefined) ?? null;
  return {
    id: showNamespace(id),
    inode: String(id.ino),
    owner: ownerOf(gathered, sources, { pins, names }),
    pods: pods.map(({ id: podId, name, namespace }) => ({ id: podId, name, namespace })),
    pins,
    names,
    processes: processesOf(gathered.processes),
    orphan,
  };
}

/** What runtimes call their pins: `cni-` and a UUID, from containerd's and CRI-O's own packages. */
function isRuntimePin(path: string): boolean {
  return /^(?:cni-)?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/u.test(basename(path));
}

function pinnedBy(path: string): NetnsPin["by"] {
  if (path.startsWith("/run/docker/netns/")) return "docker";
  if (/^\/run\/user\/\d+\/netns\/netns-|^\/run\/netns\/netns-/u.test(path)) return "podman";
  return isRuntimePin(path) ? "runtime" : "unknown";
}

function ownerOf(
  { id, processes, pods }: Gathered,
  { host, containers }: NetnsSources,
  { pins, names }: Pick<NetworkNamespace, "names" | "pins">,
): NetnsOwner {
  if (showNamespace(id) === showNamespace(host)) return { kind: "host" };
  const [pod] = pods;
  if (pod !== undefined) return { kind: "pod", name: pod.namespace === "" ? pod.name : `${pod.namespace}/${pod.name}` };
  for (const { cgroups } of processes) {
    const owner = cgroupOwner(cgroups);
    if (owner === undefined) continue;
    const shown = owner.prefix === "" ? owner.id.slice(0, 13) : `${owner.prefix} ${owner.id.slice(0, 13)}`;
    return { kind: "container", name: containers.get(owner.id) ?? shown };
  }
  const first = processes[0];
  if (first !== undefined) return { kind: "program", name: first.comm };
  const by = pins.find((pin) => pin.by !== "unknown")?.by;
  return { kind: "nobody", name: names[0] === undefined ? (by ?? "") : `${names[0].by} netns` };
}

function processesOf(processes: readonly ProcessEntry[]): NetnsProcesses {
  // The table is in the order of the pids; a thread of the kernel is nobody's first process.
  const first = processes.find(({ isKernelThread }) => !isKernelThread) ?? processes[0];
  if (first === undefined) return { count: 0, first: null };
  const { pid, comm, startTimeTicks, cgroups } = first;
  const containerId = cgroupOwner(cgroups)?.id ?? null;
  return { count: processes.length, first: { pid, comm, startTimeTicks: String(startTimeTicks), containerId } };
}

/** `/var/run` is a link to `/run`, and mountinfo has paths without links. */
function withoutLink(path: string): string {
  return path.replace(/^\/var\/run\//u, "/run/");
}

function ownerName({ owner }: NetworkNamespace): string {
  return owner.kind === "host" ? "" : owner.name;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
