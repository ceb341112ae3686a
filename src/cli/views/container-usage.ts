import { ContainerStats } from "../../cri/messages.ts";
import { toProtoJson } from "../../cri/protojson.ts";
import { isRunning, type ContainerUsage } from "../../stats/container-usage.ts";
import type { ListColumn, ListKind } from "../list.ts";
import { humanSize, shortId } from "./human.ts";
import { percent, unknownCell } from "./percent.ts";
import { pressure } from "./pressure.ts";

const columns: readonly ListColumn<ContainerUsage>[] = [
  { head: "CONTAINER", cell: ({ stats }, { full }) => (full ? idOf(stats) : shortId(idOf(stats))), key: keyOf(idOf) },
  { head: "NAME", cell: ({ stats }) => nameOf(stats) },
  { head: "CPU %", cell: cpuCell, key: ({ cpuPercent }) => cpuPercent ?? -1 },
  { head: "MEM", cell: sizeCell(memoryOf), key: keyOf(memoryOf) },
  { head: "DISK", cell: sizeCell(diskOf), key: keyOf(diskOf) },
  { head: "INODES", cell: ({ stats }) => String(inodesOf(stats)), key: keyOf(inodesOf) },
  { head: "SWAP", cell: sizeCell(swapOf), key: keyOf(swapOf) },
];

const wide: readonly ListColumn<ContainerUsage>[] = [
  { head: "MEM LIMIT", cell: (usage) => size(memoryLimitOf(usage)), key: (usage) => memoryLimitOf(usage) ?? -1n },
  { head: "CPU LIMIT", cell: ({ cgroup }) => number(cgroup?.cpuLimit), key: ({ cgroup }) => cgroup?.cpuLimit ?? -1 },
  { head: "PIDS", cell: ({ cgroup }) => number(cgroup?.pids), key: ({ cgroup }) => cgroup?.pids ?? -1 },
  { head: "READ", cell: ({ cgroup }) => size(cgroup?.readBytes), key: ({ cgroup }) => cgroup?.readBytes ?? -1n },
  {
    head: "WRITTEN",
    cell: ({ cgroup }) => size(cgroup?.writtenBytes),
    key: ({ cgroup }) => cgroup?.writtenBytes ?? -1n,
  },
  {
    head: "PRESSURE",
    cell: ({ stats }) => pressure({ cpu: stats.cpu?.psi, memory: stats.memory?.psi, io: stats.io?.psi }),
  },
  { head: "POD", cell: ({ pod }) => pod?.name ?? "unknown" },
  { head: "NAMESPACE", cell: ({ pod }) => pod?.namespace ?? "unknown" },
];

/** What containers use, with crictl's columns. */
export const containerUsageKind: ListKind<ContainerUsage> = {
  columns,
  wide,
  id: ({ stats }) => idOf(stats),
  name: ({ stats }) => [podName(stats), nameOf(stats)].filter((part) => part !== undefined).join("/"),
  toJson: ({ stats }) => toProtoJson(ContainerStats, stats),
  key: "stats",
};

/** Of one that does not run 0, as crictl has it. */
function cpuCell({ stats, cpuPercent }: ContainerUsage): string {
  return isRunning(stats) ? percent(cpuPercent) : percent(0);
}

function idOf({ attributes }: ContainerStats): string {
  return attributes?.id ?? "";
}

function nameOf({ attributes }: ContainerStats): string {
  return attributes?.metadata?.name ?? "";
}

/** As kubelet's labels say it: CRI's stats do not. */
function podName({ attributes }: ContainerStats): string | undefined {
  return attributes?.labels["io.kubernetes.pod.name"];
}

function memoryOf({ memory }: ContainerStats): bigint {
  return memory?.workingSetBytes?.value ?? 0n;
}

function diskOf({ writableLayer }: ContainerStats): bigint {
  return writableLayer?.usedBytes?.value ?? 0n;
}

function inodesOf({ writableLayer }: ContainerStats): bigint {
  return writableLayer?.inodesUsed?.value ?? 0n;
}

function swapOf({ swap }: ContainerStats): bigint {
  return swap?.swapUsageBytes?.value ?? 0n;
}

/** The cgroup's own, else what the runtime says is left on top of what is used. */
function memoryLimitOf({ stats, cgroup }: ContainerUsage): bigint | undefined {
  const left = stats.memory?.availableBytes?.value ?? 0n;
  return cgroup?.memoryLimitBytes ?? (left === 0n ? undefined : left + memoryOf(stats));
}

function size(bytes: bigint | undefined): string {
  return bytes === undefined ? unknownCell : humanSize(bytes, 4);
}

function number(value: number | undefined): string {
  return value === undefined ? unknownCell : String(value);
}

function sizeCell(of: (stats: ContainerStats) => bigint): (usage: ContainerUsage) => string {
  return ({ stats }) => humanSize(of(stats), 4);
}

function keyOf<Key>(of: (stats: ContainerStats) => Key): (usage: ContainerUsage) => Key {
  return ({ stats }) => of(stats);
}
