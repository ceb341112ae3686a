import { bounded } from "../bounded.ts";
import type { Line } from "../cri/connect.ts";
import { ContainerState } from "../cri/messages.ts";
import { listPodSandboxes, type PodSandboxQuery } from "../inventory/list-pod-sandboxes.ts";
import { commandLine } from "../linux/process.ts";
import { processTable } from "../linux/process-table.ts";
import { hostNamespaces } from "../namespaces/host.ts";
import { measurePods } from "../namespaces/measure.ts";
import { pidNow, podsOfRuntime } from "../namespaces/pods-of-runtime.ts";
import type { CallOptions } from "../rpc/call-options.ts";
import { buildTree, membership } from "./build-tree.ts";
import type { NodeTree } from "./tree.ts";

/** Which pods, and how much of them. */
export interface ReadTreeOptions extends CallOptions {
  /** Ids of pod sandboxes; those that fit `query` when absent. */
  readonly ids?: readonly string[] | undefined;
  /** Those that are ready when absent. */
  readonly query?: PodSandboxQuery | undefined;
  /** Containers that do not run as well. */
  readonly all?: boolean | undefined;
  /** The root of procfs, which has to be the machine's. */
  readonly proc?: string | undefined;
}

/** How many command lines are read at once. */
const readsAtOnce = 32;

/**
 * Reads pods with their anchors, containers and processes: one list of pods and one of containers, the status of each, and
 * one scan of `/proc`.
 *
 * @throws {CrikitError} when the runtime fails
 * @see CRI RuntimeService.ListPodSandbox, ListContainers, PodSandboxStatus, ContainerStatus; proc_pid_cmdline(5)
 */
export async function readTree(line: Line, options: ReadTreeOptions = {}): Promise<NodeTree> {
  const { ids, query = { state: "ready" }, all = false, proc = "/proc", ...call } = options;
  const chosen = ids ?? (await listPodSandboxes(line.runtime, query, call)).map(({ id }) => id);
  const listed = all ? (await line.runtime.listContainers({}, call)).containers : undefined;
  const found = await podsOfRuntime(line, chosen, { ...call, listed, onGone: () => undefined });
  const [pods, processes, host] = await Promise.all([
    measurePods(found, { proc, pidNow: (member) => pidNow(line, member, call) }),
    processTable(proc),
    hostNamespaces(undefined, proc),
  ]);
  const members = pods.flatMap((pod) => pod.members);
  const processesOf = membership(processes);
  const pids = new Set(members.flatMap(processesOf).map(({ pid }) => pid));
  const commands = await bounded([...pids], readsAtOnce, async (pid) => {
    // A process may end meanwhile, or be another user's.
    const command = await commandLine(pid, proc).catch(() => []);
    return [pid, command] as const;
  });
  return buildTree({
    endpoint: line.endpoint,
    pods: pods.toSorted((a, b) => (pathOf(a) < pathOf(b) ? -1 : 1)),
    host,
    processes,
    commands: new Map(commands),
    resting: (listed ?? []).filter(
      ({ id, state }) => state !== ContainerState.CONTAINER_RUNNING && !members.some((member) => member.id === id),
    ),
  });
}

function pathOf({
  namespace,
  name,
  id,
}: {
  readonly namespace: string;
  readonly name: string;
  readonly id: string;
}): string {
  return [namespace, name, id].join("\0");
}
