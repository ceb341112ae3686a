import { bounded } from "../bounded.ts";
import type { Line } from "../cri/connect.ts";
import {
  type Container,
  ContainerConfig,
  ContainerState,
  NamespaceMode,
  NamespaceOption,
  PodSandboxConfig,
  PodSandboxState,
  type PodSandboxStatus,
} from "../cri/messages.ts";
import { pinnedPath } from "../cri/verbose-info/runtime-spec.ts";
import type { PodSandboxInfo } from "../cri/verbose-info/verbose-info.ts";
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

/** How a runtime is asked for its pods. */
export interface PodsOfRuntimeOptions extends CallOptions {
  /** Told of a pod that is gone; the others are looked at all the same. */
  readonly onGone?: ((id: string) => void) | undefined;
  /** The runtime's containers, for who has listed them already: those that run count. */
  readonly listed?: readonly Container[] | undefined;
}

/** How many pods are asked for at once, each with its containers: CRI has no list of what is asked here. */
const podsAtOnce = 8;

/**
 * Asks a runtime what there is to measure of some pods: their pins, their processes, and what was promised. One
 * ListContainers for all, then the status of each pod and container at once.
 *
 * @throws {NotFoundError} when a pod is gone, unless `onGone` is there to be told
 * @see CRI RuntimeService.PodSandboxStatus, ListContainers, ContainerStatus
 */
export async function podsOfRuntime(
  line: Line,
  ids: readonly string[],
  { onGone, listed, ...options }: PodsOfRuntimeOptions = {},
): Promise<readonly PodToMeasure[]> {
  const running = { filter: { state: { state: ContainerState.CONTAINER_RUNNING } } };
  const containers =
    listed?.filter(({ state }) => state === ContainerState.CONTAINER_RUNNING) ??
    (await line.runtime.listContainers(running, options)).containers;
  const byPod = new Map<string, Container[]>();
  for (const container of containers) {
    const known = byPod.get(container.podSandboxId);
    if (known === undefined) byPod.set(container.podSandboxId, [container]);
    else known.push(container);
  }
  const found = await bounded(ids, podsAtOnce, async (podSandboxId) => {
    const details = await podSandboxDetails(line, podSandboxId, options).catch((error: unknown) => {
      if (onGone === undefined || !(error instanceof NotFoundError)) throw error;
      onGone(podSandboxId);
    });
    if (details === undefined) return undefined;
    const { status, verbose } = details;
    const promise = promiseOf(status.linux?.namespaces?.options);
    const own = (byPod.get(podSandboxId) ?? []).toSorted((a, b) => Number(a.createdAt - b.createdAt));
    return {
      id: podSandboxId,
      ...identityOf(status),
      promise,
      asked: askedOf(verbose),
      sandboxPid: verbose.pid,
      sandboxStartedAtNs: status.createdAt || undefined,
      otherPins: otherPinsOf(promise, verbose),
      pinnedNetnsPath: promise.network === "NODE" ? undefined : verbose.netnsPath,
      containers: await Promise.all(own.map((container) => containerOf(line, container, { promise, options }))),
    };
  });
  return found.filter((pod) => pod !== undefined);
}

function identityOf({
  metadata,
  state,
  network,
  runtimeHandler,
}: PodSandboxStatus): Omit<PodToMeasure, "id" | "promise" | "containers"> {
  const ips = [network?.ip ?? "", ...(network?.additionalIps ?? []).map(({ ip }) => ip)];
  return {
    name: metadata?.name ?? "",
    namespace: metadata?.namespace ?? "",
    uid: metadata?.uid ?? "",
    attempt: metadata?.attempt ?? 0,
    state: state === PodSandboxState.SANDBOX_READY ? "ready" : "notready",
    ips: ips.filter((ip) => ip !== ""),
    runtimeHandler,
  };
}

/** CRI-O pins these too, so that they outlive every process. */
function otherPinsOf(
  { network, ipc, user }: NamespacePromise,
  { runtimeSpec }: PodSandboxInfo,
): PodToMeasure["otherPins"] {
  const own = { ipc: ipc === "POD", uts: network === "POD", user: user === "POD" };
  const pins = (["ipc", "uts", "user"] as const).map((kind) => [
    kind,
    own[kind] ? pinnedPath(runtimeSpec, kind) : undefined,
  ]);
  const named = pins.filter(([, path]) => path !== undefined);
  return named.length === 0 ? undefined : Object.fromEntries(named);
}

async function containerOf(
  line: Line,
  { id, metadata }: Container,
  { promise, options }: { readonly promise: NamespacePromise; readonly options: CallOptions },
): Promise<ContainerToMeasure> {
  const name = metadata?.name ?? id;
  try {
    const { status, verbose } = await containerDetails(line, id, options);
    return {
      id,
      name,
      pid: verbose.pid,
      promise: ownPromise(promise, verbose.info),
      startedAtNs: status.startedAt || undefined,
    };
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

/** What a pod was asked for: containerd keeps the config, CRI-O notes the options beside the OCI config. */
function askedOf({ info, runtimeSpec }: PodSandboxInfo): NamespacePromise | undefined {
  const { config } = info;
  if (typeof config === "object" && config !== null) {
    return promiseOf(PodSandboxConfig.fromJSON(config).linux?.securityContext?.namespaceOptions);
  }
  const annotations = runtimeSpec?.["annotations"] as Readonly<Record<string, string>> | undefined;
  const noted = annotations?.["io.kubernetes.cri-o.NamespaceOptions"];
  if (noted === undefined) return undefined;
  try {
    return promiseOf(NamespaceOption.fromJSON(JSON.parse(noted)));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
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
