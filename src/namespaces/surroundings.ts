import { type NamespaceId, type NamespaceKind, namespaceKinds, showNamespace } from "../linux/namespace.ts";
import { type Anchor, anchorOf, namespacesFound } from "./anchor.ts";
import type { MeasuredPod, Member, Namespaces } from "./measure.ts";
import { expectationOf, type Expectations } from "./pod.ts";

/** Everything that one pod is judged by: the others, the host, and what is expected. Each is looked up, not searched. */
export interface Surroundings {
  readonly host: Namespaces;
  readonly expected: Expectations;
  readonly anchorOf: (pod: MeasuredPod, kind: NamespaceKind) => Anchor | undefined;
  /** Another member in the same namespace that has no business there: one that targets this member has. */
  readonly whoElse: (member: Member, kind: NamespaceKind, id: NamespaceId) => Resident | undefined;
  /** Another pod whose own network namespace it is. */
  readonly twinOf: (pod: MeasuredPod, net: NamespaceId) => MeasuredPod | undefined;
}

/** A member, and the pod that it is of. */
export interface Resident {
  readonly member: Member;
  readonly pod: MeasuredPod;
}

/** Sorts pods and members by their namespaces, so that the time to judge them grows as they do and not with the square. */
export function surroundingsOf(
  pods: readonly MeasuredPod[],
  host: Namespaces,
  expected: Expectations = {},
): Surroundings {
  const anchors = new Map<MeasuredPod, Map<NamespaceKind, Anchor | undefined>>();
  const anchorIn = (pod: MeasuredPod, kind: NamespaceKind): Anchor | undefined => {
    const known = anchors.get(pod) ?? new Map<NamespaceKind, Anchor | undefined>();
    anchors.set(pod, known);
    if (!known.has(kind)) known.set(kind, anchorOf(pod, kind));
    return known.get(kind);
  };
  const residents = new Map<string, Resident[]>();
  const owners = new Map<string, MeasuredPod[]>();
  for (const pod of pods) {
    for (const member of pod.members) {
      for (const kind of namespaceKinds) {
        const id = namespacesFound(member)?.[kind];
        if (id !== undefined) push(residents, keyOf(kind, id), { member, pod });
      }
    }
    const anchor = anchorIn(pod, "net");
    if (anchor !== undefined) push(owners, keyOf("net", anchor.id), pod);
  }
  return {
    host,
    expected,
    anchorOf: anchorIn,
    whoElse: (member, kind, id) =>
      residents.get(keyOf(kind, id))?.find(({ member: other }) => {
        if (other.id === member.id && other.kind === member.kind) return false;
        const expectation = expectationOf(kind, other.promise, other.kind, expected);
        return !(expectation.relation === "same-as-container" && expectation.containerId === member.id);
      }),
    twinOf: (pod, net) => owners.get(keyOf("net", net))?.find((other) => other.id !== pod.id),
  };
}

function keyOf(kind: NamespaceKind, id: NamespaceId): string {
  return `${kind} ${showNamespace(id)}`;
}

function push<Item>(lists: Map<string, Item[]>, key: string, item: Item): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [item]);
  else list.push(item);
}
