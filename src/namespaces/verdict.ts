import {
  type NamespaceId,
  type NamespaceKind,
  namespaceKinds,
  sameNamespace,
  showNamespace,
} from "../linux/namespace.ts";
import { namespacesFound, pinOf } from "./anchor.ts";
import { evidenceOfAnchor, evidenceOfHost, evidenceOfMember, evidenceOfPin } from "./evidence.ts";
import type { MeasuredPod, Member, Namespaces } from "./measure.ts";
import { type Expectation, expectationOf, type Expectations } from "./pod.ts";
import { type Resident, type Surroundings, surroundingsOf } from "./surroundings.ts";

/** What was checked. `namespace` is a member against its promise, `border` a pod against the others. */
export type CheckName =
  | "namespace"
  | "border"
  | "modes"
  | "addresses"
  | "loopback"
  | "exec"
  | "pin"
  | "orphan-pin"
  | "owner";

/** What has to be. The first ones are of namespaces, the others of the further checks. */
export type Expected =
  | Expectation["relation"]
  | "differs-from-other-pods"
  | "reported-as-asked"
  | "reported-addresses"
  | "loopback-up"
  | "pinned"
  | "owned-by-pod"
  | "has-a-pod";

/** One thing that was looked at: what a finding rests on. */
export interface Evidence {
  /** A path, or a process as `pid 123`. */
  readonly what: string;
  /** What was seen there: a namespace as `dev:ino`, or in words; null when nothing could be seen. */
  readonly id: string | null;
  /** Clock ticks between boot and the start of the process; null for what is none. */
  readonly startTimeTicks: string | null;
  /** A command line that shows the same. */
  readonly command: string;
}

/** One thing that was checked: what was promised, and what is. */
export interface Finding {
  readonly check: CheckName;
  /** The pod's name, id and Kubernetes namespace; empty where no pod is behind. */
  readonly pod: string;
  readonly podId: string;
  readonly podNamespace: string;
  /** The member's id and name: the pod's own for its sandbox, and for what is about the whole pod. */
  readonly member: string;
  readonly name: string;
  /** null when it is about no single kind. */
  readonly namespace: NamespaceKind | null;
  readonly expected: Expected;
  /** The namespace it should be, as `dev:ino`; null where it only has to be another one, or nothing is known. */
  readonly expectedId: string | null;
  /** The namespace it is, as `dev:ino`; null when it could not be measured. */
  readonly observed: string | null;
  /** null when there was nothing to judge by; `reason` says why. */
  readonly ok: boolean | null;
  readonly reason: string | null;
  /** What was seen first, then what it is held against. */
  readonly evidence: readonly Evidence[];
}

/** `holds`: measured, and as promised. `broken`: at least one finding is not. `unmeasured`: none is broken, but something could not be seen. */
export type VerdictWord = "holds" | "broken" | "unmeasured";

/** The judgement over some pods. */
export interface Verdict {
  readonly verdict: VerdictWord;
  readonly findings: readonly Finding[];
}

/**
 * Judges whether every member of every pod is where it was promised to be. Pure and total: what could not be measured is
 * a finding without a judgement, never a guess.
 *
 * @param host the namespaces of the runtime's host
 * @param expected what is expected instead of what was promised, by kind
 */
export function judge(pods: readonly MeasuredPod[], host: Namespaces, expected: Expectations = {}): Verdict {
  const around = surroundingsOf(pods, host, expected);
  const findings = pods.flatMap((pod) => [
    ...judgePresence(pod, around),
    ...judgePod(pod, around),
    ...judgeBorders(pod, around),
  ]);
  return { verdict: verdictOf(findings), findings };
}

/** The verdict that findings add up to: nothing found is nothing measured. */
export function verdictOf(findings: readonly Finding[]): VerdictWord {
  if (findings.some(({ ok }) => ok === false)) return "broken";
  return findings.length === 0 || findings.some(({ ok }) => ok === null) ? "unmeasured" : "holds";
}

/** The words of a finding that are about a pod as a whole. */
export function aboutPod(
  { id, name, namespace }: MeasuredPod,
  check: CheckName,
): Pick<Finding, "check" | "pod" | "podId" | "podNamespace" | "member" | "name"> {
  return { check, pod: name, podId: id, podNamespace: namespace, member: id, name };
}

/** A pod without a process shows nothing: a pin alone is no evidence of who shares it. */
function judgePresence(pod: MeasuredPod, { expected }: Surroundings): readonly Finding[] {
  if (pod.members.length > 0) return [];
  const { relation } = expectationOf("net", pod.promise, "sandbox", expected);
  const about = { ...aboutPod(pod, "namespace"), namespace: "net", expected: relation } as const;
  const reason =
    pod.state === "ready"
      ? "it has no running process to measure"
      : "it is not ready, and has no running process to measure";
  return [{ ...about, expectedId: null, observed: null, ok: null, reason, evidence: evidenceOfPin(pod) }];
}

function judgePod(pod: MeasuredPod, around: Surroundings): readonly Finding[] {
  return pod.members.flatMap((member) =>
    namespaceKinds
      // What the kernel does not have, nobody is promised; who expects it all the same is told that it cannot be seen.
      .filter((kind) => around.host[kind] !== undefined || around.expected[kind] !== undefined)
      .map((kind) => judgeMember({ pod, member, kind, around })),
  );
}

/** Everything one finding rests on. */
interface Case {
  readonly pod: MeasuredPod;
  readonly member: Member;
  readonly kind: NamespaceKind;
  readonly around: Surroundings;
}

function judgeMember(at: Case): Finding {
  const { pod, member, kind, around } = at;
  const expectation = expectationOf(kind, member.promise, member.kind, around.expected);
  const observed = namespacesFound(member)?.[kind];
  const about = {
    ...aboutPod(pod, "namespace"),
    member: member.id,
    name: member.name,
    namespace: kind,
    expected: expectation.relation,
  };
  if (observed === undefined) {
    const reason = member.found.measured ? `the kernel shows no ${kind} namespace of it` : member.found.reason;
    return { ...about, expectedId: null, observed: null, ok: null, reason, evidence: evidenceOfMember(member, kind) };
  }
  const { other, ...judgement } = compare(at, expectation, observed);
  const seen = [...evidenceOfMember(member, kind), ...evidenceFor(at, expectation)];
  const evidence = other === undefined ? seen : [...seen, ...other];
  return { ...about, observed: showNamespace(observed), ...judgement, evidence: once(evidence) };
}

/** A sandbox is its own anchor. */
function once(evidence: readonly Evidence[]): readonly Evidence[] {
  return evidence.filter(({ what }, at) => evidence.findIndex((other) => other.what === what) === at);
}

interface Judgement extends Pick<Finding, "expectedId" | "ok" | "reason"> {
  /** What was seen of somebody who should not be there. */
  readonly other?: readonly Evidence[];
}

function compare({ pod, member, kind, around }: Case, expectation: Expectation, observed: NamespaceId): Judgement {
  const hosts = around.host[kind];
  const onHost = hosts !== undefined && sameNamespace(observed, hosts);
  switch (expectation.relation) {
    case "not-promised":
      return { expectedId: null, ok: true, reason: null };
    case "same-as-host":
      return same(hosts, observed, "the host's namespaces could not be read");
    case "not-the-host's":
      return { expectedId: null, ok: !onHost, reason: onHost ? "it is the host's" : null };
    case "same-as-pod": {
      const anchor = around.anchorOf(pod, kind);
      const judgement = same(anchor?.id, observed, pinOf(pod, kind)?.reason ?? noWitness(pod, kind));
      if (!onHost) return judgement;
      return { ...judgement, ok: false, reason: "it is the host's", other: [evidenceOfHost(kind, hosts)] };
    }
    case "same-as-container": {
      const target = pod.members.find(({ id }) => id === expectation.containerId);
      return same(
        namespacesFound(target)?.[kind],
        observed,
        `container ${expectation.containerId} could not be measured`,
      );
    }
    case "private": {
      const sharer = onHost ? undefined : around.whoElse(member, kind, observed);
      if (sharer === undefined && !onHost) return { expectedId: null, ok: true, reason: null };
      const who = sharer === undefined ? "the host" : residentName(sharer, pod);
      const other = sharer === undefined ? [evidenceOfHost(kind, hosts)] : evidenceOfMember(sharer.member, kind);
      return { expectedId: null, ok: false, reason: `${who} has the same`, other };
    }
  }
}

function residentName({ member, pod }: Resident, own: MeasuredPod): string {
  return pod.id === own.id ? member.name : `${member.name} of pod ${nameBeside(pod, own)}`;
}

/** What a pod is called beside another: with its Kubernetes namespace where that is not the other's. */
function nameBeside({ name, namespace }: MeasuredPod, own: MeasuredPod): string {
  return namespace === own.namespace || namespace === "" ? name : `${namespace}/${name}`;
}

/** Why nothing tells a pod's own namespace of some kind. */
function noWitness(pod: MeasuredPod, kind: NamespaceKind): string {
  const containers = pod.members.filter((member) => member.kind === "container").length;
  const alone = containers === 1 ? "one container alone is no witness" : "its containers do not agree";
  return `there is nothing that tells the pod's own ${kind} namespace: no process of the sandbox, and ${alone}`;
}

function same(expected: NamespaceId | undefined, observed: NamespaceId, otherwise: string): Judgement {
  if (expected === undefined) return { expectedId: null, ok: null, reason: otherwise };
  return { expectedId: showNamespace(expected), ok: sameNamespace(expected, observed), reason: null };
}

/** Two pods never share a network namespace, unless both are to have the host's. */
function judgeBorders(pod: MeasuredPod, around: Surroundings): readonly Finding[] {
  const { host, expected } = around;
  const { relation } = expectationOf("net", pod.promise, "sandbox", expected);
  if (relation === "same-as-host" || host.net === undefined) return [];
  if (pod.state === "notready" && pod.members.length === 0) return []; // it has ended, and its network with it
  const own = around.anchorOf(pod, "net");
  const about = { ...aboutPod(pod, "border"), namespace: "net", expected: "differs-from-other-pods" } as const;
  if (own === undefined) {
    const reason = pod.pin?.reason ?? "there is nothing that tells the pod's own network namespace";
    return [{ ...about, expectedId: null, observed: null, ok: null, reason, evidence: evidenceOfPin(pod) }];
  }
  const twin = around.twinOf(pod, own.id);
  const onHost = sameNamespace(own.id, host.net);
  const reason = onHost ? "it is the host's" : twin === undefined ? null : `pod ${nameBeside(twin, pod)} has the same`;
  const others = onHost ? [evidenceOfHost("net", host.net)] : twin === undefined ? [] : evidenceOfAnchor(twin, "net");
  const evidence = [...evidenceOfAnchor(pod, "net"), ...others];
  return [{ ...about, expectedId: null, observed: showNamespace(own.id), ok: reason === null, reason, evidence }];
}

/** What a member is held against. */
function evidenceFor({ pod, kind, around: { host } }: Case, expectation: Expectation): readonly Evidence[] {
  switch (expectation.relation) {
    case "same-as-pod":
      return evidenceOfAnchor(pod, kind);
    case "same-as-host":
    case "not-the-host's":
      return [evidenceOfHost(kind, host[kind])];
    case "same-as-container": {
      const target = pod.members.find(({ id }) => id === expectation.containerId);
      return target === undefined ? [] : evidenceOfMember(target, kind);
    }
    case "private":
    case "not-promised":
      return [];
  }
}
