import type { ContainerStats } from "../cri/messages.ts";
import type { RuntimeService } from "../cri/services.ts";
import { cgroupCounters, type CgroupCounters } from "../linux/cgroup-counters.ts";
import type { CallOptions } from "../rpc/call-options.ts";
import { idOf } from "./container-stats.ts";
import { cpuPercent, reportedCpuPercent } from "./cpu-percent.ts";
import { podsOfContainers, type PodOfContainer } from "./pods-of-containers.ts";

/** What one container uses. */
export interface ContainerUsage {
  /** As the runtime told it. */
  readonly stats: ContainerStats;
  /** In percent of one core; `undefined` where it cannot be told. */
  readonly cpuPercent: number | undefined;
  /** What its cgroup says beside that, where it was asked and the container runs on this machine. */
  readonly cgroup?: CgroupCounters | undefined;
  /** Where it was asked. */
  readonly pod?: PodOfContainer | undefined;
}

/** What containers use, out of two samples. One that is not in the earlier one has no rate yet. */
export function containerUsage(
  before: readonly ContainerStats[],
  now: readonly ContainerStats[],
): readonly ContainerUsage[] {
  const earlier = new Map(before.map((stats) => [idOf(stats), stats.cpu]));
  return now.map((stats) => ({ stats, cpuPercent: cpuPercent(earlier.get(idOf(stats)), stats.cpu) }));
}

/** What containers use, out of one sample: with the runtime's own rate, where it has one. */
export function reportedUsage(now: readonly ContainerStats[]): readonly ContainerUsage[] {
  return now.map((stats) => ({ stats, cpuPercent: reportedCpuPercent(stats.cpu) }));
}

/** The same with their pods. @see CRI RuntimeService.ListContainers, ListPodSandbox */
export async function withPods(
  usages: readonly ContainerUsage[],
  runtime: Pick<RuntimeService, "listContainers" | "listPodSandbox">,
  options: CallOptions = {},
): Promise<readonly ContainerUsage[]> {
  const stats = usages.map((usage) => usage.stats);
  const pods = await podsOfContainers(runtime, stats, options);
  return usages.map((usage) => ({ ...usage, pod: pods.get(idOf(usage.stats)) }));
}

/** The same with what the cgroups of this machine say beside it. */
export async function withCgroups(usages: readonly ContainerUsage[]): Promise<readonly ContainerUsage[]> {
  const counters = await cgroupCounters(usages.map(({ stats }) => idOf(stats)));
  return usages.map((usage) => ({ ...usage, cgroup: counters.get(idOf(usage.stats)) }));
}

/** Whether it uses anything at all: one that does not run has no counters, and some runtimes give zeros. */
export function isRunning({ cpu, memory }: ContainerStats): boolean {
  return (cpu?.usageCoreNanoSeconds?.value ?? 0n) > 0n || (memory?.workingSetBytes?.value ?? 0n) > 0n;
}
