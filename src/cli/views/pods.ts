import { PodSandbox, PodSandboxState } from "../../cri/messages.ts";
import { toProtoJson } from "../../cri/protojson.ts";
import type { ListColumn, ListKind } from "../list.ts";
import type { Color } from "./color.ts";
import { details } from "./details.ts";
import { age, shortId } from "./human.ts";
import type { Placed } from "./placed.ts";
import { placeColumns } from "./placed.ts";

const states: Readonly<Partial<Record<PodSandboxState, { readonly word: string; readonly color: Color }>>> = {
  [PodSandboxState.SANDBOX_READY]: { word: "Ready", color: "green" },
  [PodSandboxState.SANDBOX_NOTREADY]: { word: "NotReady", color: "yellow" },
};

const columns: readonly ListColumn<Placed<PodSandbox>>[] = [
  { head: "POD ID", cell: ({ id }, { full }) => (full ? id : shortId(id)), key: ({ id }) => id },
  { head: "CREATED", cell: ({ createdAt }, { now }) => age(createdAt, now), key: ({ createdAt }) => createdAt },
  { head: "STATE", cell: ({ state }) => stateOf(state), color: ({ state }) => states[state]?.color },
  { head: "NAME", cell: ({ metadata }) => metadata?.name ?? "" },
  { head: "NAMESPACE", cell: ({ metadata }) => metadata?.namespace ?? "" },
  {
    head: "ATTEMPT",
    cell: ({ metadata }) => String(metadata?.attempt ?? 0),
    key: ({ metadata }) => metadata?.attempt ?? 0,
  },
  { head: "RUNTIME", cell: ({ runtimeHandler }) => handlerOf(runtimeHandler) },
];

/** The list of pod sandboxes, with crictl's columns. */
export const podsKind: ListKind<Placed<PodSandbox>> = {
  columns,
  wide: placeColumns,
  id: ({ id }) => id,
  name: ({ metadata }) => `${metadata?.namespace ?? ""}/${metadata?.name ?? ""}`,
  details: (pod, { now }) =>
    details({
      ID: pod.id,
      Name: pod.metadata?.name,
      UID: pod.metadata?.uid,
      Namespace: pod.metadata?.namespace,
      Attempt: pod.metadata?.attempt,
      State: stateOf(pod.state),
      Created: age(pod.createdAt, now),
      Labels: pod.labels,
      Annotations: pod.annotations,
      Runtime: handlerOf(pod.runtimeHandler),
    }),
  toJson: ({ place, ...pod }) => toProtoJson(PodSandbox, pod),
  key: "items",
};

function stateOf(state: PodSandboxState): string {
  return states[state]?.word ?? "Unknown";
}

/** A pod that asked for no handler has the runtime's default one. */
function handlerOf(handler: string): string {
  return handler === "" ? "(default)" : handler;
}
