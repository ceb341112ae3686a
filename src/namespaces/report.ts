import type { NamespaceKind } from "../linux/namespace.ts";
import { anchorOf, type AnchorSource } from "./anchor.ts";
import { hostNamespaces } from "./host.ts";
import { measurePod, type MeasuredPod, type MeasureOptions, type Member, type Namespaces } from "./measure.ts";
import type { PodToMeasure } from "./pod.ts";
import { type Finding, judge, type VerdictWord } from "./verdict.ts";

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
  /** What anchors its network; null when nothing does. */
  readonly anchor: { readonly source: AnchorSource; readonly path: string | null; readonly pid: number | null } | null;
  readonly members: readonly MemberReport[];
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
}

/**
 * Measures pods and judges them.
 *
 * @throws {NodeJS.ErrnoException} when the host's own namespaces cannot be read
 */
export async function reportOn(pods: readonly PodToMeasure[], options: ReportOptions = {}): Promise<NamespaceReport> {
  const host = await hostNamespaces(options.hostPid, options.proc);
  const measured = await Promise.all(pods.map((pod) => measurePod(pod, options)));
  return { ...judge(measured, host), pods: measured.map(podReport), host: tableOf(host) };
}

function podReport(pod: MeasuredPod): PodReport {
  const anchor = anchorOf(pod, "net");
  return {
    id: pod.id,
    name: pod.name,
    anchor: anchor === undefined ? null : { source: anchor.source, path: anchor.path, pid: anchor.pid },
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
