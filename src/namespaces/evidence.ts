import { type NamespaceId, type NamespaceKind, sameNamespace, showNamespace } from "../linux/namespace.ts";
import { commandLineOf } from "../linux/shell-quote.ts";
import { anchorOf, namespacesFound, pinOf } from "./anchor.ts";
import type { MeasuredPod, Member } from "./measure.ts";
import type { Evidence } from "./verdict.ts";

/** What the process of a member showed; none when the runtime names no process. */
export function evidenceOfMember(member: Member, kind: NamespaceKind): readonly Evidence[] {
  const { pid, found } = member;
  if (pid === undefined) return [];
  const id = namespacesFound(member)?.[kind];
  return [
    {
      what: `pid ${pid}`,
      id: id === undefined ? null : showNamespace(id),
      startTimeTicks: found.measured ? String(found.startTimeTicks) : null,
      command: statOf(`/proc/${pid}/ns/${kind}`),
    },
  ];
}

/** What tells a pod's own namespace: its pin, the sandbox's process, or the containers that agree. */
export function evidenceOfAnchor(pod: MeasuredPod, kind: NamespaceKind): readonly Evidence[] {
  const anchor = anchorOf(pod, kind);
  if (anchor === undefined) return evidenceOfPin(pod, kind);
  switch (anchor.source) {
    case "pinned":
      return evidenceOfPin(pod, kind);
    case "sandbox":
      return pod.members
        .filter((member) => member.kind === "sandbox")
        .flatMap((member) => evidenceOfMember(member, kind));
    case "containers":
      return pod.members
        .filter((member) => isIn(member, kind, anchor.id))
        .flatMap((member) => evidenceOfMember(member, kind));
  }
}

/** What is at a pod's pin; none when the runtime names no pin. */
export function evidenceOfPin(pod: MeasuredPod, kind: NamespaceKind = "net"): readonly Evidence[] {
  const pin = pinOf(pod, kind);
  if (pin === undefined) return [];
  const id = pin.id === undefined ? (pin.reason ?? null) : showNamespace(pin.id);
  return [{ what: pin.path, id, startTimeTicks: null, command: statOf(pin.path) }];
}

/** What the host's own processes have. */
export function evidenceOfHost(kind: NamespaceKind, id: NamespaceId | undefined): Evidence {
  const shown = id === undefined ? null : showNamespace(id);
  return { what: "the host", id: shown, startTimeTicks: null, command: statOf(`/proc/1/ns/${kind}`) };
}

function isIn(member: Member, kind: NamespaceKind, id: NamespaceId): boolean {
  const own = namespacesFound(member)?.[kind];
  return own !== undefined && sameNamespace(own, id);
}

function statOf(path: string): string {
  return commandLineOf("stat", "-L", "-c", "%d:%i", path);
}
