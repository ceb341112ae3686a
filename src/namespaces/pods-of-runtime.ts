import type { Line } from "../cri/connect.ts";
import {
  type Container,
  ContainerConfig,
  ContainerState,
  NamespaceMode,
  type NamespaceOption,
} from "../cri/messages.ts";
import { NotFoundError } from "../errors.ts";
import type { CallOptions } from "../rpc/call-options.ts";
import { containerDetails, podSandboxDetails } from "../sandbox/details.ts";
import {
  type ContainerToMeasure,
  type NamespaceModeName,
  type NamespacePromise,
  type PodToMeasure,
  promiseWithin,
} from "./pod.ts";

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
        containers: await Promise.all(own.map((container) => containerOf(line, container, { promise, options }))),
      };
    }),
  );
}

async function containerOf(
  line: Line,
  { id, metadata }: Container,
  { promise, options }: { readonly promise: NamespacePromise; readonly options: CallOptions },
): Promise<ContainerToMeasure> {
  const name = metadata?.name ?? id;
  try {
    const { verbose } = await containerDetails(line, id, options);
    return { id, name, pid: verbose.pid, promise: ownPromise(promise, verbose.info) };
  } catch (error) {
    if (error instanceof NotFoundError) return { id, name, promise }; // removed since it was listed as running
    throw error;
  }
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
function ownPromise(pod: NamespacePromise, { config }: Readonly<Record<string, unknown>>): NamespacePromise {
  if (typeof config !== "object" || config === null) return pod;
  return promiseWithin(pod, promiseOf(ContainerConfig.fromJSON(config).linux?.securityContext?.namespaceOptions));
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
