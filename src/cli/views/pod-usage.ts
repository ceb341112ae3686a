import {
  type LinuxPodSandboxStats,
  type NetworkInterfaceUsage,
  type NetworkUsage,
  PodSandboxStats,
} from "../../cri/messages.ts";
import { toProtoJson } from "../../cri/protojson.ts";
import { isRunning } from "../../stats/container-usage.ts";
import type { PodToMeasure, PodUsage } from "../../stats/pod-usage.ts";
import { whyUnmeasured } from "../../stats/why-unmeasured.ts";
import type { ListColumn, ListKind, Showing } from "../list.ts";
import { humanSize, shortId } from "./human.ts";
import { percent, unknownCell } from "./percent.ts";
import { pressure } from "./pressure.ts";
import { rowByRow, type RowByRow } from "./row-by-row.ts";
import type { TableLayout } from "./table.ts";
import { printable } from "./printable.ts";
import { widthOf } from "./width.ts";

const columns: readonly ListColumn<PodUsage>[] = [
  { head: "POD", cell: nameOf },
  { head: "POD ID", cell: ({ pod }, { full }) => (full ? pod.id : shortId(pod.id)), key: ({ pod }) => pod.id },
  { head: "CPU %", cell: ({ cpuPercent }) => percent(cpuPercent), key: ({ cpuPercent }) => cpuPercent ?? -1 },
  sized("MEM", ({ memory }) => memory?.workingSetBytes?.value),
];

const wide: readonly ListColumn<PodUsage>[] = [
  counted("PIDS", ({ process }) => process?.processCount?.value),
  counted("CONTAINERS", ({ containers }) => BigInt(containers.filter(isRunning).length)),
  sized("RECEIVED", ({ network }) => traffic(network, ({ rxBytes }) => rxBytes?.value)),
  sized("SENT", ({ network }) => traffic(network, ({ txBytes }) => txBytes?.value)),
  {
    head: "PRESSURE",
    cell: ({ stats }) =>
      pressure({ cpu: stats?.linux?.cpu?.psi, memory: stats?.linux?.memory?.psi, io: stats?.linux?.io?.psi }),
  },
  { head: "NAMESPACE", cell: ({ pod, stats }) => metadataOf({ pod, stats })?.namespace ?? "" },
];

/** Why a row is empty. Without a head: the table is crictl's where every row has its numbers. */
const note: ListColumn<PodUsage> = {
  head: "",
  cell: ({ failure }) => (failure === undefined ? "" : whyUnmeasured(failure).reason),
};

/** What pods use, with crictl's columns. */
export function podUsageKind(format: string): ListKind<PodUsage> {
  return {
    columns: format === "wide" ? columns : [...columns, note],
    wide: [...wide, note],
    id: ({ pod }) => pod.id,
    name: (usage) => [metadataOf(usage)?.namespace, nameOf(usage)].filter((part) => part !== undefined).join("/"),
    toJson: ({ stats, pod }) =>
      toProtoJson(PodSandboxStats, stats ?? PodSandboxStats.fromPartial({ attributes: { ...pod } })),
    key: "stats",
  };
}

/** The widest cells that a table of these pods can have, where that is known before they are measured. */
export function widestOf(pods: readonly PodToMeasure[], full: boolean): readonly string[] {
  const longest = (texts: readonly string[]): string =>
    texts.reduce((longer, text) => (widthOf(text) > widthOf(longer) ? text : longer), "");
  const names = pods.map(({ metadata }) => printable(metadata?.name ?? ""));
  return [longest(names), full ? longest(pods.map(({ id }) => id)) : ""];
}

/** The same table for rows that come one by one. */
export function podUsageRows(widest: readonly string[], showing: Showing, layout: TableLayout): RowByRow<PodUsage> {
  const written = [...columns, note].map((column) => ({
    ...column,
    cell: (usage: PodUsage) => column.cell(usage, showing),
  }));
  return rowByRow(written, widest, layout);
}

function metadataOf({ pod, stats }: PodUsage): PodToMeasure["metadata"] {
  return pod.metadata ?? stats?.attributes?.metadata;
}

function nameOf(usage: PodUsage): string {
  return metadataOf(usage)?.name ?? "";
}

/** Over all interfaces of the pod. */
function traffic(
  network: NetworkUsage | undefined,
  of: (one: NetworkInterfaceUsage) => bigint | undefined,
): bigint | undefined {
  const known = [network?.defaultInterface, ...(network?.interfaces ?? [])].flatMap((one) => {
    const bytes = one === undefined ? undefined : of(one);
    return bytes === undefined ? [] : [bytes];
  });
  return known.length === 0 ? undefined : known.reduce((sum, bytes) => sum + bytes, 0n);
}

function sized(head: string, of: (stats: LinuxPodSandboxStats) => bigint | undefined): ListColumn<PodUsage> {
  return numbered(head, of, (bytes) => humanSize(bytes, 4));
}

function counted(head: string, of: (stats: LinuxPodSandboxStats) => bigint | undefined): ListColumn<PodUsage> {
  return numbered(head, of, String);
}

function numbered(
  head: string,
  of: (stats: LinuxPodSandboxStats) => bigint | undefined,
  show: (value: bigint) => string,
): ListColumn<PodUsage> {
  const value = ({ stats }: PodUsage): bigint | undefined => (stats?.linux === undefined ? undefined : of(stats.linux));
  const cell = (usage: PodUsage): string => {
    const known = value(usage);
    return known === undefined ? unknownCell : show(known);
  };
  return { head, cell, key: (usage) => value(usage) ?? -1n };
}
