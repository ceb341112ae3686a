import { access, realpath, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { bounded } from "../../bounded.ts";
import { NamespaceMode, PodSandboxState } from "../../cri/messages.ts";
import { parseStatusInfo } from "../../cri/verbose-info/verbose-info.ts";
import { NotFoundError } from "../../errors.ts";
import { type NamespaceId, namespaceOf, showNamespace } from "../../linux/namespace.ts";
import { notedNames } from "../../linux/netns-journal.ts";
import { listPids, processStat } from "../../linux/process.ts";
import { podSandboxDetails } from "../../sandbox/details.ts";
import { anchorOf } from "../anchor.ts";
import type { MeasuredPod } from "../measure.ts";
import { callsAtOnce, type CheckSource, readsAtOnce, unlessAborted } from "./check.ts";
import { type MountView, mountViews } from "./mount-views.ts";
import { pinOf } from "./pinned.ts";

/** A network namespace that is mounted in a folder where runtimes pin them. */
export interface NodePin {
  readonly path: string;
  readonly id: NamespaceId;
  /** How long ago it was made; null when it may not be looked at. */
  readonly ageMs: number | null;
  /** A process that is in it. */
  readonly user: NetnsUser | undefined;
}

/** A process of a network namespace. */
export interface NetnsUser {
  readonly pid: number;
  readonly comm: string;
  readonly startTimeTicks: bigint;
}

/** The pins of a node that are of no pod, and who may own them. Paths are without links. */
export interface NodePins {
  /** Those whose path is that of no pod of this runtime, ready or not. */
  readonly pins: readonly NodePin[];
  /** The pods' network namespaces, as `dev:ino`: another file that shows one of them is a name of it. */
  readonly podNetns: ReadonlySet<string>;
  /** The names that crikit gave. */
  readonly names: ReadonlySet<string>;
  /** The folder where only this runtime pins, if it told of one. */
  readonly ownFolder: string | undefined;
  /** Sockets of other runtimes on this machine, which may pin in the shared folder. */
  readonly otherRuntimes: readonly string[];
  /** Why not every pin of this runtime is known, if so. */
  readonly incomplete: string | undefined;
}

/** Where runtimes pin network namespaces unless they are told otherwise, and ip(8) keeps its names. */
const sharedFolder = "/run/netns";

/** Where runtimes listen that pin there. */
const runtimeSockets = [
  "/run/containerd/containerd.sock",
  "/run/crio/crio.sock",
  "/run/k3s/containerd/containerd.sock",
  "/run/k0s/containerd.sock",
  "/var/snap/microk8s/common/run/containerd.sock",
];

/**
 * Reads the pins in the folders of a runtime's pins and in the shared one. The mounts first and the pods afterwards, so
 * that a pod that is made meanwhile is known when its pin is.
 */
export async function readNodePins(pods: readonly MeasuredPod[], source: CheckSource): Promise<NodePins> {
  const ownFolder = await configuredFolder(source);
  const pinned = await Promise.all(pods.flatMap(({ pin }) => (pin === undefined ? [] : [withoutLinks(pin.path)])));
  const folders = new Set([sharedFolder, ...(ownFolder === undefined ? [] : [ownFolder]), ...pinned.map(dirname)]);
  const view = await mountViews(source)(pods.find(({ members }) => members.some(({ found }) => found.measured)));
  const mounted = view.mounts.flatMap((mount) => {
    const id = folders.has(dirname(mount.mountPoint)) ? pinOf(mount) : undefined;
    return id === undefined ? [] : [{ path: mount.mountPoint, id }];
  });
  const { paths, incomplete } = await pinsOfPods(pods, source);
  const [ofPods, strays] = [
    mounted.filter(({ path }) => paths.has(path)),
    mounted.filter(({ path }) => !paths.has(path)),
  ];
  const [users, names, otherRuntimes] = await Promise.all([
    usersOf(new Set(strays.map(({ id }) => showNamespace(id))), source),
    notedNames().catch(() => []), // the journal is root's
    otherSockets(source),
  ]);
  const measured = pods.flatMap((pod) => anchorOf(pod, "net") ?? []);
  return {
    pins: await bounded(strays, readsAtOnce, async ({ path, id }) => ({
      path,
      id,
      ageMs: await ageOf(path, view, source),
      user: users.get(showNamespace(id)),
    })),
    podNetns: new Set([...measured, ...ofPods].map(({ id }) => showNamespace(id))),
    names: new Set(names.map(({ name }) => `${sharedFolder}/${name}`)),
    ownFolder,
    otherRuntimes,
    incomplete,
  };
}

/** mountinfo has no links, and `/var/run` is one. What is not to be seen from here stays as it is but for that. */
async function withoutLinks(path: string): Promise<string> {
  return realpath(path).catch(() => path.replace(/^\/var\/run(?=\/|$)/u, "/run"));
}

/** containerd's folder of pins when it keeps them in its own, which it tells in its verbose status: it may have no pod now. */
async function configuredFolder({ line, call }: CheckSource): Promise<string | undefined> {
  const { info } = await line.runtime.status({ verbose: true }, call);
  const { config } = await parseStatusInfo(info);
  const { stateDir, netnsMountsUnderStateDir } = (config ?? {}) as Readonly<Record<string, unknown>>;
  if (netnsMountsUnderStateDir !== true || typeof stateDir !== "string") return undefined;
  return `${await withoutLinks(stateDir)}/netns`;
}

/** Where the pods of the runtime have their pins: those that are not among `pods` are asked for. */
async function pinsOfPods(
  pods: readonly MeasuredPod[],
  { line, call }: CheckSource,
): Promise<{ readonly paths: ReadonlySet<string>; readonly incomplete: string | undefined }> {
  const known = new Set(pods.map(({ id }) => id));
  const { items } = await line.runtime.listPodSandbox({}, call);
  const others = items.filter(({ id }) => !known.has(id));
  const theirs = await bounded(others, callsAtOnce, async ({ id }) => {
    try {
      const { status, verbose } = await podSandboxDetails(line, id, call);
      const onHost = status.linux?.namespaces?.options?.network === NamespaceMode.NODE;
      return [{ path: verbose.netnsPath, has: !onHost && status.state === PodSandboxState.SANDBOX_READY }];
    } catch (error) {
      if (error instanceof NotFoundError) return []; // removed since it was listed
      throw error;
    }
  });
  const ours = pods.map(({ pin, promise, state }) => ({
    path: pin?.path,
    has: promise.network !== "NODE" && state === "ready",
  }));
  const all = [...ours, ...theirs.flat()];
  const silent = all.some(({ path, has }) => has && path === undefined);
  const paths = await Promise.all(all.flatMap(({ path }) => (path === undefined ? [] : [withoutLinks(path)])));
  return {
    paths: new Set(paths),
    incomplete: silent ? "the runtime does not tell where every pod has its pin" : undefined,
  };
}

/** One process of each of these network namespaces. */
async function usersOf(netns: ReadonlySet<string>, source: CheckSource): Promise<ReadonlyMap<string, NetnsUser>> {
  const { proc } = source;
  const users = new Map<string, NetnsUser>();
  await bounded(netns.size === 0 ? [] : await listPids(proc), readsAtOnce, async (pid) => {
    unlessAborted(source);
    const id = await namespaceOf(pid, "net", proc).catch(() => undefined); // gone, or not ours to look at
    const key = id && showNamespace(id);
    if (key === undefined || !netns.has(key) || users.has(key)) return;
    const stat = await processStat(pid, proc);
    if (stat !== undefined) users.set(key, { pid, comm: stat.comm, startTimeTicks: stat.startTimeTicks });
  });
  return users;
}

async function otherSockets({ line }: CheckSource): Promise<readonly string[]> {
  const others = runtimeSockets.filter((path) => line.endpoint !== `unix://${path}`);
  const there = await Promise.all(
    others.map((path) =>
      access(path).then(
        () => true,
        () => false,
      ),
    ),
  );
  return others.filter((_, at) => there[at]);
}

/** nsfs makes the inode of a namespace when it is first looked at, and the pin keeps it: its change time is when. */
async function ageOf(path: string, { pid }: MountView, { nowMs, proc = "/proc" }: CheckSource): Promise<number | null> {
  try {
    return nowMs - (await stat(pid === "self" ? path : `${proc}/${pid}/root${path}`)).ctimeMs;
  } catch {
    return null;
  }
}
