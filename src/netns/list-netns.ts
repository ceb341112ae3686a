import type { Line } from "../cri/connect.ts";
import { HostError } from "../errors.ts";
import { listPodSandboxes } from "../inventory/list-pod-sandboxes.ts";
import { mountsOf } from "../linux/mountinfo.ts";
import { notedNames } from "../linux/netns-journal.ts";
import { processTable } from "../linux/process-table.ts";
import { anchorOf } from "../namespaces/anchor.ts";
import { orphanPins } from "../namespaces/checks/orphan-pins.ts";
import { hostNamespaces } from "../namespaces/host.ts";
import { type MeasuredPod, measurePods } from "../namespaces/measure.ts";
import { pidNow, podsOfRuntime } from "../namespaces/pods-of-runtime.ts";
import type { CallOptions } from "../rpc/call-options.ts";
import { describeNetns, type PodInNetns } from "./describe.ts";
import type { NetworkNamespace } from "./network-namespace.ts";

/** How the network namespaces of a machine are listed. */
export interface ListNetnsOptions extends CallOptions {
  /** A runtime that knows pods; without one they are told by the ids in the paths of cgroups alone. */
  readonly line?: Line | undefined;
  /** The root of procfs, which has to be the machine's. */
  readonly proc?: string | undefined;
  /** The time, milliseconds since 1970: a pin that is young may be of a pod in the making. */
  readonly nowMs: number;
}

/** What there is, and what could not be looked at. */
export interface NetnsInventory {
  readonly namespaces: readonly NetworkNamespace[];
  /** How many processes this user may not look at: what only they are in is missing. */
  readonly hiddenProcesses: number;
}

/**
 * Lists every network namespace that a process of this machine is in or that is mounted somewhere: one scan of `/proc`, one
 * mountinfo, one list of pods and one of containers, and the status of each.
 *
 * @throws {HostError} when not even crikit's own network namespace can be read
 * @see namespaces(7), CRI RuntimeService.ListPodSandbox, PodSandboxStatus
 */
export async function listNetns(options: ListNetnsOptions): Promise<NetnsInventory> {
  const { line, proc = "/proc", nowMs, ...call } = options;
  // The mounts before the pods: a pod that is made meanwhile is known when its pin is.
  const [processes, mounts, host, names] = await Promise.all([
    processTable(proc),
    mountsOf("self", proc),
    hostNamespaces(undefined, proc),
    notedNames().catch(() => []), // the journal is root's
  ]);
  if (host.net === undefined) throw new HostError("the host's network namespace could not be read");
  const pods = line === undefined ? [] : await podsOf(line, proc, call);
  return {
    namespaces: describeNetns({
      processes,
      mounts,
      host: host.net,
      pods: pods.flatMap(placed),
      containers: new Map(pods.flatMap(namedContainers)),
      ownNames: new Set(names.map(({ name }) => name)),
      orphans: line === undefined ? new Map() : await orphanPins(pods, { line, call, proc, nowMs }),
    }),
    hiddenProcesses: processes.filter(({ hidden }) => hidden === "no-permission").length,
  };
}

async function podsOf(line: Line, proc: string, call: CallOptions): Promise<readonly MeasuredPod[]> {
  const listed = await listPodSandboxes(line.runtime, {}, call);
  const ids = listed.map(({ id }) => id);
  const found = await podsOfRuntime(line, ids, { ...call, onGone: () => undefined });
  return measurePods(found, { proc, pidNow: (member) => pidNow(line, member, call) });
}

function placed(pod: MeasuredPod): readonly PodInNetns[] {
  const member = pod.members.find(({ found }) => found.measured);
  const own = anchorOf(pod, "net")?.id ?? (member?.found.measured === true ? member.found.namespaces.net : undefined);
  if (own === undefined) return [];
  return [{ id: pod.id, name: pod.name, namespace: pod.namespace, netns: own, pinPath: pod.pin?.path }];
}

function namedContainers({ id, namespace, name, members }: MeasuredPod): readonly (readonly [string, string])[] {
  const pod = namespace === "" ? name : `${namespace}/${name}`;
  return [
    [id, pod],
    ...members.map((member) => [member.id, member.kind === "sandbox" ? pod : `${pod}/${member.name}`] as const),
  ];
}
