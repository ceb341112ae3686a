import { type NamespaceId, type NamespaceKind, showNamespace } from "../linux/namespace.ts";
import type { MeasuredPod, Member, Namespaces, Pin } from "./measure.ts";
import { expectationOf, type PinnedKind } from "./pod.ts";

/** What a pod's members are compared with, and how good a witness it is: best first. */
export type AnchorSource = "pinned" | "sandbox" | "containers";

/** The pod's own namespace of one kind. */
export interface Anchor {
  readonly source: AnchorSource;
  /** The pin's path; null for other witnesses. */
  readonly path: string | null;
  /** The sandbox's own process; null for other witnesses. */
  readonly pid: number | null;
  readonly id: NamespaceId;
}

/**
 * A pod's own namespace of one kind: what the runtime pinned to a file, else what the sandbox's own process has, else what
 * most of its containers have, which is weaker: it shows that they agree, not with whom. containerd pins only the network
 * namespace, CRI-O others as well. Absent when there is no witness: one container alone cannot vouch for itself.
 */
export function anchorOf(pod: MeasuredPod, kind: NamespaceKind): Anchor | undefined {
  const pin = pinOf(pod, kind);
  if (pin?.id !== undefined) return { source: "pinned", path: pin.path, pid: null, id: pin.id };
  const sandbox = pod.members.find((member) => member.kind === "sandbox");
  const own = namespacesFound(sandbox)?.[kind];
  if (sandbox !== undefined && own !== undefined)
    return { source: "sandbox", path: null, pid: sandbox.pid ?? null, id: own };
  const id = consensus(pod, kind);
  return id === undefined ? undefined : { source: "containers", path: null, pid: null, id };
}

/** Where a pod's namespace of one kind is pinned; undefined when the runtime names no pin. */
export function pinOf({ pin, otherPins }: MeasuredPod, kind: NamespaceKind): Pin | undefined {
  return kind === "net" ? pin : otherPins?.[kind as PinnedKind];
}

/** What was read of a member, when it could be. */
export function namespacesFound(member: Member | undefined): Namespaces | undefined {
  return member?.found.measured === true ? member.found.namespaces : undefined;
}

/** The namespace that more than half of the containers have which were promised the pod's, if they are two at least. */
function consensus(pod: MeasuredPod, kind: NamespaceKind): NamespaceId | undefined {
  const ids = pod.members
    .filter(({ promise }) => expectationOf(kind, promise, "container").relation === "same-as-pod")
    .flatMap((member) => namespacesFound(member)?.[kind] ?? []);
  const most = [...groupByIdentity(ids).values()].toSorted((a, b) => b.length - a.length)[0];
  return most !== undefined && most.length >= 2 && most.length * 2 > ids.length ? most[0] : undefined;
}

function groupByIdentity(ids: readonly NamespaceId[]): ReadonlyMap<string, readonly NamespaceId[]> {
  const groups = new Map<string, NamespaceId[]>();
  for (const id of ids) groups.set(showNamespace(id), [...(groups.get(showNamespace(id)) ?? []), id]);
  return groups;
}
