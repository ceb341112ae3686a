import type { CpuUsage } from "../cri/messages.ts";

/** A billion nanoseconds of CPU a second are one core, which is 100 percent. */
const nanoCoresOfPercent = 10_000_000;

/**
 * CPU use between two samples in percent of one core, as crictl counts: 200 is two cores at full load. `undefined` where
 * they do not tell: one is missing, no time has passed between them by the runtime's clock, or the counter went back.
 *
 * The runtime's own rate is not asked. containerd counts it since somebody last asked, whoever that was, and answers 0 to
 * the first (1.6, and the lists of 1.7 and 2.1), or leaves it out (ContainerStats of 1.7 and 2.1).
 */
export function cpuPercent(before: CpuUsage | undefined, now: CpuUsage | undefined): number | undefined {
  const [startNs, endNs] = [before?.usageCoreNanoSeconds?.value, now?.usageCoreNanoSeconds?.value];
  if (before === undefined || now === undefined || startNs === undefined || endNs === undefined) return undefined;
  const elapsedNs = now.timestamp - before.timestamp;
  if (elapsedNs <= 0n || endNs < startNs) return undefined;
  return (Number(endNs - startNs) / Number(elapsedNs)) * 100;
}

/** The rate as the runtime itself has it, in percent of one core: where there is one sample alone. */
export function reportedCpuPercent(now: CpuUsage | undefined): number | undefined {
  const nanoCores = now?.usageNanoCores?.value;
  return nanoCores === undefined ? undefined : Number(nanoCores) / nanoCoresOfPercent;
}
