import { type Container, ContainerState } from "../cri/messages.ts";
import { cgroupOwner } from "../linux/cgroup.ts";
import { type NamespaceKind, namespaceKinds, sameNamespace, showNamespace } from "../linux/namespace.ts";
import type { ProcessEntry } from "../linux/process-table.ts";
import { anchorOf, namespacesFound } from "../namespaces/anchor.ts";
import type { MeasuredPod, Member, Namespaces } from "../namespaces/measure.ts";
import { apiVersion } from "../namespaces/report.ts";
import { type Finding, judge } from "../namespaces/verdict.ts";
import type { NamespaceIds, NodeTree, TreeMember, TreePod, TreeProcess } from "./tree.ts";

/** Everything that a tree is made of. */
export interface TreeSources {
  readonly endpoint: string;
  readonly pods: readonly MeasuredPod[];
  readonly host: Namespaces;
  /** Containers that do not run and are to be shown all the same. */
  readonly resting: readonly Container[];
  readonly processes: readonly ProcessEntry[];
  /** Program and arguments, by pid. */
  readonly commands: ReadonlyMap<number, readonly string[]>;
}

/** Makes the tree of what was looked at: pure. */
export function buildTree(sources: TreeSources): NodeTree {
  const { endpoint, pods, host, processes } = sources;
  const around = { sources, processesOf: membership(processes) };
  const broken = judge(pods, host).findings.filter(({ ok, check }) => ok === false && check === "namespace");
  return {
    apiVersion,
    kind: "Tree",
    endpoint,
    host: idsOf(host),
    pods: pods.map((pod) => treePod(pod, { ...around, broken })),
    hiddenProcesses: processes.filter(({ hidden }) => hidden === "no-permission").length,
  };
}

/** Finds the processes of members: those whose cgroup names one, and its first one. */
export function membership(
  processes: readonly ProcessEntry[],
): (member: Pick<Member, "id" | "pid">) => readonly ProcessEntry[] {
  const byOwner = new Map<string, ProcessEntry[]>();
  const byPid = new Map(processes.map((entry) => [entry.pid, entry]));
  for (const entry of processes) {
    const owner = cgroupOwner(entry.cgroups);
    if (owner === undefined) continue;
    const known = byOwner.get(owner.id);
    if (known === undefined) byOwner.set(owner.id, [entry]);
    else known.push(entry);
  }
  return ({ id, pid }) => {
    const own = byOwner.get(id) ?? [];
    const first = pid === undefined ? undefined : byPid.get(pid);
    return first === undefined || own.includes(first) ? own : [first, ...own];
  };
}

function treePod(pod: MeasuredPod, around: Around): TreePod {
  const { id, name, namespace, attempt, state, ips, runtimeHandler, pin } = pod;
  const onHostNetwork = pod.promise.network === "NODE";
  const anchor = onHostNetwork ? undefined : anchorOf(pod, "net");
  const own = Object.fromEntries(
    namespaceKinds.flatMap((kind) => {
      const found = anchorOf(pod, kind)?.id;
      return found === undefined ? [] : [[kind, found] as const];
    }),
  ) as Namespaces;
  const members = pod.members.map((member) => treeMember(member, own, { ...around, pod }));
  const at = pod.members.findIndex(({ kind }) => kind === "sandbox");
  const resting = around.sources.resting.filter(({ podSandboxId }) => podSandboxId === id).map(restingMember);
  return {
    id,
    name,
    namespace,
    attempt,
    state,
    ips,
    runtimeHandler,
    onHostNetwork,
    anchor: anchor === undefined ? null : { source: anchor.source, path: anchor.path, pid: anchor.pid },
    lostPin: pin?.reason ?? null,
    namespaces: idsOf(own),
    sandbox: members[at] ?? null,
    containers: [...members.filter((_, index) => index !== at), ...resting],
  };
}

interface Around {
  readonly broken: readonly Finding[];
  readonly sources: TreeSources;
  readonly processesOf: ReturnType<typeof membership>;
}

function treeMember(
  member: Member,
  own: Namespaces,
  { pod, broken, sources, processesOf }: Around & { readonly pod: MeasuredPod },
): TreeMember {
  const namespaces = namespacesFound(member) ?? {};
  const wrong = broken.filter(({ podId, member: id }) => podId === pod.id && id === member.id);
  return {
    id: member.id,
    name: member.name,
    state: "running",
    pid: member.pid ?? null,
    reason: member.found.measured ? null : member.found.reason,
    namespaces: idsOf(namespaces),
    differs: differing(namespaces, own),
    broken: Object.fromEntries(
      wrong.flatMap((finding) => (finding.namespace === null ? [] : [[finding.namespace, inWords(finding)]])),
    ),
    processes: grown(processesOf(member), {
      first: member.pid,
      namespaces,
      commands: sources.commands,
    }),
  };
}

function inWords({ reason, expected }: Finding): string {
  if (reason !== null) return reason;
  return expected === "same-as-pod"
    ? "it is not the pod's"
    : expected === "same-as-host"
      ? "it is not the host's"
      : `it is not ${expected}`;
}

const states = {
  [ContainerState.CONTAINER_CREATED]: "created",
  [ContainerState.CONTAINER_RUNNING]: "running",
  [ContainerState.CONTAINER_EXITED]: "exited",
  [ContainerState.CONTAINER_UNKNOWN]: "unknown",
  [ContainerState.UNRECOGNIZED]: "unknown",
} as const satisfies Record<ContainerState, TreeMember["state"]>;

function restingMember({ id, metadata, state }: Container): TreeMember {
  const nothing = { pid: null, reason: null, namespaces: {}, differs: [], broken: {}, processes: [] } as const;
  return { id, name: metadata?.name ?? "", state: states[state], ...nothing };
}

interface Growth {
  readonly first: number | undefined;
  readonly namespaces: Namespaces;
  readonly commands: ReadonlyMap<number, readonly string[]>;
}

/** Parents above their children, the member's first process before what came in later, such as an exec. */
function grown(entries: readonly ProcessEntry[], { first, namespaces, commands }: Growth): readonly TreeProcess[] {
  const pids = new Set(entries.map(({ pid }) => pid));
  const below = (parent: number): readonly TreeProcess[] =>
    entries.filter(({ parentPid, pid }) => parentPid === parent && pid !== first).map(one);
  const one = (entry: ProcessEntry): TreeProcess => ({
    pid: entry.pid,
    comm: entry.comm,
    command: commands.get(entry.pid) ?? [],
    startTimeTicks: String(entry.startTimeTicks),
    differs: differing(entry.namespaces, namespaces),
    children: below(entry.pid),
  });
  const roots = entries.filter(({ parentPid, pid }) => pid === first || !pids.has(parentPid));
  return roots.toSorted((a, b) => Number(b.pid === first) - Number(a.pid === first) || a.pid - b.pid).map(one);
}

function differing(some: Namespaces, others: Namespaces): readonly NamespaceKind[] {
  return namespaceKinds.filter((kind) => {
    const [a, b] = [some[kind], others[kind]];
    return a !== undefined && b !== undefined && !sameNamespace(a, b);
  });
}

function idsOf(namespaces: Namespaces): NamespaceIds {
  return Object.fromEntries(Object.entries(namespaces).map(([kind, id]) => [kind, showNamespace(id)]));
}
