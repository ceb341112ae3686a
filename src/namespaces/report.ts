import { type NamespaceKind, showNamespace } from "../linux/namespace.ts";
import { anchorOf, type AnchorSource } from "./anchor.ts";
import { hostNamespaces } from "./host.ts";
import { type MeasuredPod, type MeasureOptions, measurePods, type Member, type Namespaces } from "./measure.ts";
import type { Expectations, PodToMeasure } from "./pod.ts";
import { type Finding, judge, verdictOf, type VerdictWord } from "./verdict.ts";

/** The version of the JSON that {@link NamespaceReport} is. It changes when a field goes or changes its meaning. */
export const apiVersion = "crikit.dev/v1alpha1";

/** What was measured and judged: plain data, 64-bit numbers as decimal strings. */
export interface NamespaceReport {
  readonly verdict: VerdictWord;
  readonly pods: readonly PodReport[];
  readonly findings: readonly Finding[];
  /** The namespaces of the runtime's host. */
  readonly host: NamespaceTable;
}

/** One pod: by what its members were judged, and what each of them has. */
export interface PodReport {
  readonly id: string;
  readonly name: string;
  /** The Kubernetes namespace: names repeat across them. */
  readonly namespace: string;
  readonly uid: string;
  readonly attempt: number;
  readonly state: "ready" | "notready";
  readonly ips: readonly string[];
  /** Empty for the runtime's default. */
  readonly runtimeHandler: string;
  /** Of this pod's findings alone. */
  readonly verdict: VerdictWord;
  /** What anchors its network; null when nothing does. */
  readonly anchor: { readonly source: AnchorSource; readonly path: string | null; readonly pid: number | null } | null;
  /** Where the runtime says that it pinned the network namespace, and what is there; null when it says nothing. */
  readonly pin: PinReport | null;
  readonly members: readonly MemberReport[];
}

/** A pin: the namespace as `dev:ino`, or the reason why it shows none, such as that nothing is mounted there any more. */
export interface PinReport {
  readonly path: string;
  readonly id: string | null;
  readonly reason: string | null;
}

/** One process. */
export interface MemberReport {
  readonly kind: "sandbox" | "container";
  readonly id: string;
  readonly name: string;
  readonly pid: number | null;
  /** Clock ticks between boot and its start; null when it could not be measured. */
  readonly startTimeTicks: string | null;
  readonly namespaces: NamespaceTable;
  /** Why it could not be measured. */
  readonly reason: string | null;
}

/** Namespaces by kind: device and inode as stat(2) says them, and `id`, the number in `readlink /proc/PID/ns/KIND`. */
export type NamespaceTable = Readonly<
  Partial<Record<NamespaceKind, { readonly dev: string; readonly ino: string; readonly id: string }>>
>;

/** How to measure and judge. */
export interface ReportOptions extends MeasureOptions {
  /** A process that is known to be in the host's namespaces. Looked for when absent: see {@link hostNamespaces}. */
  readonly hostPid?: number | undefined;
  /** What is expected instead of what was promised, by kind. */
  readonly expected?: Expectations | undefined;
}

/**
 * Measures pods and judges them.
 *
 * @throws {NodeJS.ErrnoException} when the host's own namespaces cannot be read
 */
export async function reportOn(pods: readonly PodToMeasure[], options: ReportOptions = {}): Promise<NamespaceReport> {
  const host = await hostNamespaces(options.hostPid, options.proc);
  const measured = await measurePods(pods, options);
  return reportOf(measured, judge(measured, host, options.expected).findings, host);
}

/** What was found of measured pods, as plain data. */
export function reportOf(
  pods: readonly MeasuredPod[],
  findings: readonly Finding[],
  host: Namespaces,
): NamespaceReport {
  const byPod = new Map(pods.map(({ id }): [string, Finding[]] => [id, []]));
  for (const finding of findings) byPod.get(finding.podId)?.push(finding);
  return {
    verdict: verdictOf(findings),
    pods: pods.map((pod) => podReport(pod, byPod.get(pod.id) ?? [])),
    findings,
    host: tableOf(host),
  };
}

function podReport(pod: MeasuredPod, findings: readonly Finding[]): PodReport {
  const anchor = anchorOf(pod, "net");
  const { id, name, namespace, uid, attempt, state, ips, runtimeHandler, pin } = pod;
  return {
    id,
    name,
    namespace,
    uid,
    attempt,
    state,
    ips,
    runtimeHandler,
    verdict: verdictOf(findings),
    anchor: anchor === undefined ? null : { source: anchor.source, path: anchor.path, pid: anchor.pid },
    pin:
      pin === undefined
        ? null
        : { path: pin.path, id: pin.id === undefined ? null : showNamespace(pin.id), reason: pin.reason ?? null },
    members: pod.members.map(memberReport),
  };
}

function memberReport({ kind, id, name, pid, found }: Member): MemberReport {
  return {
    kind,
    id,
    name,
    pid: pid ?? null,
    startTimeTicks: found.measured ? String(found.startTimeTicks) : null,
    namespaces: found.measured ? tableOf(found.namespaces) : {},
    reason: found.measured ? null : found.reason,
  };
}

function tableOf(namespaces: Namespaces): NamespaceTable {
  const entries = Object.entries(namespaces).map(([kind, { dev, ino }]) => [
    kind,
    { dev: String(dev), ino: String(ino), id: String(ino) },
  ]);
  return Object.fromEntries(entries);
}
