import type { PodSandbox, PodSandboxStats } from "../cri/messages.ts";
import type { RuntimeService } from "../cri/services.ts";
import type { CallOptions } from "../rpc/call-options.ts";
import { cpuPercent, reportedCpuPercent } from "./cpu-percent.ts";
import { createGate } from "./gate.ts";
import { pause } from "./samples.ts";

/** What one pod uses, or why that is not known. */
export interface PodUsage {
  readonly pod: PodSandbox;
  /** As the runtime told it; absent when it did not. */
  readonly stats?: PodSandboxStats | undefined;
  /** In percent of one core; `undefined` where it cannot be told. */
  readonly cpuPercent?: number | undefined;
  /** Why there are no measurements. */
  readonly failure?: unknown;
}

/** How pods are measured. */
export interface PodUsageOptions extends CallOptions {
  /** Milliseconds between the two samples of a pod. 0 for one sample, and the runtime's own rate where it has one. */
  readonly intervalMs: number;
  /** The usage that was told last time, by pod: instead of a first sample. */
  readonly before?: ReadonlyMap<string, PodUsage> | undefined;
  /** How many are asked for at once. 8 when absent. */
  readonly concurrency?: number | undefined;
}

/** The part of the runtime that is asked. */
type Runtime = Pick<RuntimeService, "podSandboxStats">;

/**
 * What pods use, each as soon as it is known. One pod that cannot be measured is one answer with a failure.
 *
 * Every pod has a call of its own, eight at once: containerd's ListPodSandboxStats fails as a whole for one pod without a
 * cgroup, and is no faster (30 pods, median of five, list against calls: 1.6.20 274 and 166 ms, 1.7.24 260 and 168 ms,
 * 2.1.9 67 and 57 ms, on two cores); with hundreds of pods it was seen to take minutes.
 *
 * @throws {CancelledError} when the signal aborts
 * @see CRI RuntimeService.PodSandboxStats
 */
export async function* podUsage(
  runtime: Runtime,
  pods: readonly PodSandbox[],
  options: PodUsageOptions,
): AsyncGenerator<PodUsage, void, undefined> {
  const gate = createGate(options.concurrency ?? 8);
  const { signal, timeoutMs, intervalMs, before } = options;
  const sample = async (pod: PodSandbox, urgent: boolean): Promise<PodSandboxStats | undefined> =>
    gate.pass(
      async () => (await runtime.podSandboxStats({ podSandboxId: pod.id }, { signal, timeoutMs })).stats,
      { urgent }, // a pod that is half measured first: rows come while others still wait
    );
  const measure = async (pod: PodSandbox): Promise<PodUsage> => {
    try {
      const earlier = before?.get(pod.id)?.stats;
      const first = earlier ?? (await sample(pod, false));
      if (earlier === undefined && (intervalMs === 0 || before !== undefined)) {
        const cpu = first?.linux?.cpu;
        return { pod, stats: first, cpuPercent: before === undefined ? reportedCpuPercent(cpu) : undefined };
      }
      if (earlier === undefined) await pause(intervalMs, signal);
      const stats = await sample(pod, true);
      return { pod, stats, cpuPercent: cpuPercent(first?.linux?.cpu, stats?.linux?.cpu) };
    } catch (failure) {
      if (signal?.aborted === true) throw failure;
      return { pod, failure };
    }
  };
  yield* asTheyEnd(pods.map(measure));
}

/** Each result when it is there; a work that fails ends it. */
async function* asTheyEnd<Result>(works: readonly Promise<Result>[]): AsyncGenerator<Result, void, undefined> {
  const ended: Promise<Result>[] = [];
  let wake = (): void => undefined;
  for (const work of works) {
    const note = (): void => {
      ended.push(work);
      wake();
    };
    work.then(note, note);
  }
  for (const _ of works) {
    if (ended.length === 0) await new Promise<void>((resolve) => (wake = resolve));
    const first = ended.shift();
    if (first !== undefined) yield await first;
  }
}
