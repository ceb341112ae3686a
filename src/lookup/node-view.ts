import type { Line } from "../cri/connect.ts";
import { listPodSandboxes } from "../inventory/list-pod-sandboxes.ts";
import { cgroupOwner } from "../linux/cgroup.ts";
import { type NamespaceId, sameNamespace } from "../linux/namespace.ts";
import { type ProcessEntry, processTable } from "../linux/process-table.ts";
import { anchorOf } from "../namespaces/anchor.ts";
import { hostNamespaces } from "../namespaces/host.ts";
import { type MeasuredPod, measurePods, type Namespaces } from "../namespaces/measure.ts";
import { pidNow, podsOfRuntime } from "../namespaces/pods-of-runtime.ts";
import type { CallOptions } from "../rpc/call-options.ts";

/** A machine at one look: its processes, and the runtime's pods. */
export interface NodeView {
  readonly processes: readonly ProcessEntry[];
  readonly pods: readonly MeasuredPod[];
  readonly host: Namespaces;
  /** The root of procfs. */
  readonly proc: string;
}

/** A pod, and the container of it where one is meant. Plain data. */
export interface Behind {
  readonly pod: { readonly id: string; readonly name: string; readonly namespace: string };
  readonly container: { readonly id: string; readonly name: string } | null;
}

/** How a machine is looked at. */
export interface NodeViewOptions extends CallOptions {
  /** The root of procfs, which has to be the machine's. */
  readonly proc?: string | undefined;
}

/** Looks at a machine: one scan of `/proc`, one list of pods and one of containers, and the status of each. */
export async function viewNode(line: Line, { proc = "/proc", ...call }: NodeViewOptions = {}): Promise<NodeView> {
  const listed = await listPodSandboxes(line.runtime, {}, call);
  const ids = listed.map(({ id }) => id);
  const found = await podsOfRuntime(line, ids, { ...call, onGone: () => undefined });
  const [pods, processes, host] = await Promise.all([
    measurePods(found, { proc, pidNow: (member) => pidNow(line, member, call) }),
    processTable(proc),
    hostNamespaces(undefined, proc),
  ]);
  return { processes, pods, host, proc };
}

/** The pod and the container that a process belongs to, by the name of its cgroup. */
export function behindCgroup({ pods }: Pick<NodeView, "pods">, { cgroups }: ProcessEntry): Behind | undefined {
  const owner = cgroupOwner(cgroups);
  return owner === undefined ? undefined : behindId(pods, owner.id);
}

/** The pod and the container with an id. */
export function behindId(pods: readonly MeasuredPod[], id: string): Behind | undefined {
  for (const pod of pods) {
    if (pod.id === id) return { pod: nameOf(pod), container: null };
    const member = pod.members.find((each) => each.kind === "container" && each.id === id);
    if (member !== undefined) return { pod: nameOf(pod), container: { id: member.id, name: member.name } };
  }
  return undefined;
}

/** The pods whose own network namespace it is: one, unless something is broken. None for the host's. */
export function behindNetns({ pods, host }: NodeView, netns: NamespaceId): readonly Behind[] {
  if (host.net !== undefined && sameNamespace(host.net, netns)) return [];
  return pods
    .filter((pod) => {
      const own = netnsOf(pod);
      return own !== undefined && sameNamespace(own, netns);
    })
    .map((pod) => ({ pod: nameOf(pod), container: null }));
}

/** A pod's own network namespace; that of any member where nothing vouches for it. */
export function netnsOf(pod: MeasuredPod): NamespaceId | undefined {
  const member = pod.members.find(({ found }) => found.measured);
  return anchorOf(pod, "net")?.id ?? (member?.found.measured === true ? member.found.namespaces.net : undefined);
}

/** What a pod is called. */
export function nameOf({ id, name, namespace }: MeasuredPod): Behind["pod"] {
  return { id, name, namespace };
}
