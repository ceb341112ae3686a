import type { Line } from "../cri/connect.ts";
import { ContainerConfig, ContainerState, NamespaceMode, type NamespaceOption } from "../cri/messages.ts";
import type { CallOptions } from "../rpc/call-options.ts";
import { containerDetails, podSandboxDetails } from "../sandbox/details.ts";
import type { ContainerToMeasure, NamespaceModeName, NamespacePromise, PodToMeasure } from "./pod.ts";

/**
 * Asks a runtime what there is to measure of some pods: their pins, their processes, and what was promised. One
 * ListContainers for all, then the status of each pod and container at once.
 *
 * @throws {NotFoundError} when a pod is gone
 * @see CRI RuntimeService.PodSandboxStatus, ListContainers, ContainerStatus
 */
export async function podsOfRuntime(
  line: Line,
  ids: readonly string[],
  options: CallOptions = {},
): Promise<readonly PodToMeasure[]> {
  const running = { filter: { state: { state: ContainerState.CONTAINER_RUNNING } } };
  const { containers } = await line.runtime.listContainers(running, options);
  return Promise.all(
    ids.map(async (podSandboxId) => {
      const { status, verbose } = await podSandboxDetails(line, podSandboxId, options);
      const promise = promiseOf(status.linux?.namespaces?.options);
      const own = containers
        .filter((container) => container.podSandboxId === podSandboxId)
        .toSorted((a, b) => Number(a.createdAt - b.createdAt));
      return {
        id: podSandboxId,
        name: status.metadata?.name ?? podSandboxId,
        promise,
        sandboxPid: verbose.pid,
        pinnedNetnsPath: promise.network === "NODE" ? undefined : verbose.netnsPath,
        containers: await Promise.all(own.map(({ id }) => containerOf(line, id, { promise, options }))),
      };
    }),
  );
}

async function containerOf(
  line: Line,
  containerId: string,
  { promise, options }: { readonly promise: NamespacePromise; readonly options: CallOptions },
): Promise<ContainerToMeasure> {
  const { status, verbose } = await containerDetails(line, containerId, options);
  return {
    id: containerId,
    name: status.metadata?.name ?? containerId,
    pid: verbose.pid,
    promise: ownPromise(verbose.info) ?? promise,
  };
}

/** What the runtime says now of the process of a sandbox or a container. @throws {NotFoundError} when it is gone */
export async function pidNow(
  line: Line,
  { kind, id }: { readonly kind: "sandbox" | "container"; readonly id: string },
  options: CallOptions = {},
): Promise<number | undefined> {
  const look = kind === "container" ? containerDetails : podSandboxDetails;
  return (await look(line, id, options)).verbose.pid;
}

/** What the container itself asked for, as containerd keeps it; a runtime that does not tell gave it what the pod has. */
function ownPromise(verbose: Readonly<Record<string, unknown>>): NamespacePromise | undefined {
  const config = verbose["config"];
  if (typeof config !== "object" || config === null) return undefined;
  const { linux } = ContainerConfig.fromJSON(config);
  const asked = linux?.securityContext?.namespaceOptions;
  return asked === undefined ? undefined : promiseOf(asked);
}

/** CRI's zero value is POD for all three; a user namespace is the pod's only when its mode says so. */
function promiseOf(options: NamespaceOption | undefined): NamespacePromise {
  return {
    network: modes[options?.network ?? NamespaceMode.POD],
    pid: modes[options?.pid ?? NamespaceMode.POD],
    ipc: modes[options?.ipc ?? NamespaceMode.POD],
    targetId: options?.targetId,
    user: options?.usernsOptions?.mode === NamespaceMode.POD ? "POD" : "NODE",
  };
}

const modes: Readonly<Record<NamespaceMode, NamespaceModeName>> = {
  [NamespaceMode.POD]: "POD",
  [NamespaceMode.CONTAINER]: "CONTAINER",
  [NamespaceMode.NODE]: "NODE",
  [NamespaceMode.TARGET]: "TARGET",
  [NamespaceMode.UNRECOGNIZED]: "POD",
};
