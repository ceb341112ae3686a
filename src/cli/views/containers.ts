import { Container, ContainerState } from "../../cri/messages.ts";
import { toProtoJson } from "../../cri/protojson.ts";
import type { ListColumn, ListKind } from "../list.ts";
import type { Color } from "./color.ts";
import { details } from "./details.ts";
import { age, shortId } from "./human.ts";
import { placeColumns, type Placed } from "./placed.ts";

const states: Readonly<Partial<Record<ContainerState, { readonly word: string; readonly color?: Color }>>> = {
  [ContainerState.CONTAINER_CREATED]: { word: "Created" },
  [ContainerState.CONTAINER_RUNNING]: { word: "Running", color: "green" },
  [ContainerState.CONTAINER_EXITED]: { word: "Exited", color: "dim" },
  [ContainerState.CONTAINER_UNKNOWN]: { word: "Unknown", color: "yellow" },
};

/** A container, and what was asked of the runtime beside the list. */
export type ListedContainer = Placed<Container> & {
  /** A tag of its image, where one was looked for. */
  readonly imageName?: string | undefined;
};

const columns: readonly ListColumn<ListedContainer>[] = [
  { head: "CONTAINER", cell: ({ id }, { full }) => (full ? id : shortId(id)), key: ({ id }) => id },
  { head: "IMAGE", cell: ({ image, imageName }, { full }) => imageName ?? imageOf(image?.image ?? "", full) },
  { head: "CREATED", cell: ({ createdAt }, { now }) => age(createdAt, now), key: ({ createdAt }) => createdAt },
  { head: "STATE", cell: ({ state }) => stateOf(state), color: ({ state }) => states[state]?.color },
  { head: "NAME", cell: ({ metadata }) => metadata?.name ?? "" },
  {
    head: "ATTEMPT",
    cell: ({ metadata }) => String(metadata?.attempt ?? 0),
    key: ({ metadata }) => metadata?.attempt ?? 0,
  },
  { head: "POD ID", cell: ({ podSandboxId }, { full }) => (full ? podSandboxId : shortId(podSandboxId)) },
  { head: "POD", cell: ({ labels }) => labels["io.kubernetes.pod.name"] ?? "unknown" },
  { head: "NAMESPACE", cell: ({ labels }) => labels["io.kubernetes.pod.namespace"] ?? "unknown" },
];

/** The list of containers, with crictl's columns. */
export const containersKind: ListKind<ListedContainer> = {
  columns,
  wide: placeColumns,
  id: ({ id }) => id,
  name: ({ metadata, labels }) => {
    const pod = labels["io.kubernetes.pod.name"];
    return pod === undefined ? (metadata?.name ?? "") : `${pod}/${metadata?.name ?? ""}`;
  },
  details: (container, { now }) =>
    details({
      ID: container.id,
      PodID: container.podSandboxId,
      Namespace: container.labels["io.kubernetes.pod.namespace"] ?? "unknown",
      Name: container.metadata?.name,
      Attempt: container.metadata?.attempt,
      State: stateOf(container.state),
      Created: age(container.createdAt, now),
      Image: container.image?.image,
      Labels: container.labels,
      Annotations: container.annotations,
    }),
  toJson: ({ place, imageName, ...container }) => toProtoJson(Container, container),
  key: "containers",
};

function stateOf(state: ContainerState): string {
  return states[state]?.word ?? "Unknown";
}

/** A digest or an image's id; anything else is a name, which is never cut. */
function imageOf(image: string, full: boolean): string {
  return !full && /^([a-z0-9]+:)?[0-9a-f]{64}$/u.test(image) ? shortId(image) : image;
}
