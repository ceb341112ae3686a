import type { ContainerStats } from "../cri/messages.ts";
import type { CgroupCounters } from "../linux/cgroup-counters.ts";
import { idOf } from "./container-stats.ts";
import { cpuPercent, reportedCpuPercent } from "./cpu-percent.ts";

/** What one container uses. */
export interface ContainerUsage {
  /** As the runtime told it. */
  readonly stats: ContainerStats;
  /** In percent of one core; `undefined` where it cannot be told. */
  readonly cpuPercent: number | undefined;
  /** What its cgroup says beside that, where it was asked and the container runs on this machine. */
  readonly cgroup?: CgroupCounters | undefined;
}

/**
 * What containers use, out of two samples. Without a first one the runtime's own rate is taken, where it has one.
 *
 * @param before an earlier sample; a container that is not in it has no rate yet
 */
export function containerUsage(
  before: readonly ContainerStats[] | undefined,
  now: readonly ContainerStats[],
): readonly ContainerUsage[] {
  const earlier = new Map(before?.map((stats) => [idOf(stats), stats.cpu]));
  return now.map((stats) => ({
    stats,
    cpuPercent:
      before === undefined ? reportedCpuPercent(stats.cpu) : cpuPercent(earlier.get(idOf(stats)), stats.cpu),
  }));
}

/** Whether it uses anything at all: one that does not run has no counters, and some runtimes give zeros. */
export function isRunning({ cpu, memory }: ContainerStats): boolean {
  return (cpu?.usageCoreNanoSeconds?.value ?? 0n) > 0n || (memory?.workingSetBytes?.value ?? 0n) > 0n;
}
