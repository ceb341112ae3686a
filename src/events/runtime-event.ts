import {
  type Container,
  ContainerEventType,
  type ContainerEventResponse,
  ContainerState,
  type PodSandbox,
  PodSandboxState,
} from "../cri/messages.ts";

/** What happened to a container or to a pod sandbox. */
export type EventKind = "created" | "started" | "stopped" | "deleted";

/** Something that happened on a runtime. */
export interface RuntimeEvent {
  readonly kind: EventKind;
  /** Nanoseconds since 1970: when it happened, or when it was noticed where nobody says that. */
  readonly atNs: bigint;
  /** The container's id; the sandbox's own for what happened to it. */
  readonly id: string;
  readonly isSandbox: boolean;
  /** Of the container or of the sandbox. Absent when it was gone before anybody asked. */
  readonly name?: string | undefined;
  readonly pod?: { readonly id: string; readonly name: string; readonly namespace: string } | undefined;
  readonly labels: Readonly<Record<string, string>>;
  /** How the container ended, where that is known. */
  readonly exitCode?: number | undefined;
  /** Who says so: CRI's events, containerd's own, or a look at what there is, after events may have been lost. */
  readonly source: EventSource;
}

/** Who tells of an event. */
export type EventSource = "cri" | "containerd" | "look";

/** How far each event is in a life. A container has one life: it never goes back. */
export const stageOf: Readonly<Record<EventKind, number>> = { created: 0, started: 1, stopped: 2, deleted: 3 };

const kinds: Readonly<Record<ContainerEventType, EventKind | undefined>> = {
  [ContainerEventType.CONTAINER_CREATED_EVENT]: "created",
  [ContainerEventType.CONTAINER_STARTED_EVENT]: "started",
  [ContainerEventType.CONTAINER_STOPPED_EVENT]: "stopped",
  [ContainerEventType.CONTAINER_DELETED_EVENT]: "deleted",
  [ContainerEventType.UNRECOGNIZED]: undefined,
};

/** An event as CRI tells it. `undefined` for a kind that is newer than crikit. @see CRI ContainerEventResponse */
export function criEvent(response: ContainerEventResponse): RuntimeEvent | undefined {
  const { containerId, containerEventType, createdAt, podSandboxStatus, containersStatuses } = response;
  const kind = kinds[containerEventType];
  if (kind === undefined) return undefined;
  const own = containersStatuses.find(({ id }) => id === containerId);
  const isSandbox = podSandboxStatus?.id === containerId;
  const described = own ?? (isSandbox ? podSandboxStatus : undefined);
  return {
    kind,
    atNs: createdAt,
    id: containerId,
    isSandbox,
    name: described?.metadata?.name,
    pod: podSandboxStatus?.metadata && {
      id: podSandboxStatus.id,
      name: podSandboxStatus.metadata.name,
      namespace: podSandboxStatus.metadata.namespace,
    },
    labels: described?.labels ?? {},
    ...(kind === "stopped" && own !== undefined ? { exitCode: own.exitCode } : {}),
    source: "cri",
  };
}

/** What lists say of a container or a sandbox: how far its life is, and who it is. */
export interface Known extends Pick<RuntimeEvent, "id" | "isSandbox" | "labels" | "name" | "pod"> {
  readonly kind: EventKind;
  readonly createdAtNs: bigint;
}

/** A pod sandbox of a list. */
export function knownPod({ id, metadata, state, labels, createdAt }: PodSandbox): Known {
  const { name = "", namespace = "" } = metadata ?? {};
  const kind = state === PodSandboxState.SANDBOX_READY ? "started" : "stopped";
  return { id, isSandbox: true, kind, name, labels, pod: { id, name, namespace }, createdAtNs: createdAt };
}

/** A container of a list, and its pod where that is there as well. */
export function knownContainer(container: Container, pods: ReadonlyMap<string, Known>): Known {
  const { id, metadata, state, labels, createdAt, podSandboxId } = container;
  const pod = pods.get(podSandboxId)?.pod;
  return { id, isSandbox: false, kind: kindOf(state), name: metadata?.name, labels, pod, createdAtNs: createdAt };
}

function kindOf(state: ContainerState): EventKind {
  if (state === ContainerState.CONTAINER_CREATED) return "created";
  return state === ContainerState.CONTAINER_EXITED ? "stopped" : "started";
}
