import { setMaxListeners } from "node:events";
import type { PodSandboxMetadata, PodSandboxStats } from "../cri/messages.ts";
import type { RuntimeService } from "../cri/services.ts";
import { CancelledError, UnimplementedError, UnreachableError } from "../errors.ts";
import type { CallOptions } from "../rpc/call-options.ts";
import { cpuPercent, reportedCpuPercent } from "./cpu-percent.ts";
import { createGate } from "./gate.ts";
import { inOrder } from "./in-order.ts";
import { pause } from "./samples.ts";

/** A pod to measure. */
export interface PodToMeasure {
  readonly id: string;
  readonly metadata?: PodSandboxMetadata | undefined;
}

/** What one pod uses, or why that is not known. */
export interface PodUsage {
  readonly pod: PodToMeasure;
  /** As the runtime told it; absent when it did not. */
  readonly stats?: PodSandboxStats | undefined;
  /** In percent of one core; `undefined` where it cannot be told. */
  readonly cpuPercent?: number | undefined;
  /** Why there are no measurements. */
  readonly failure?: unknown;
}

/** How pods are measured. */
export interface PodUsageOptions extends CallOptions {
  /**
   * Milliseconds between the two samples of a pod; or what was told of the pods last time, instead of a first sample. 0 is
   * one sample alone, with the runtime's own rate where it has one.
   */
  readonly since: number | ReadonlyMap<string, PodUsage>;
  /** How many are asked for at once. 1 when absent, which every runtime survives: see {@link podStatsConcurrency}. */
  readonly concurrency?: number | undefined;
}

/** How long those that are measured wait for others that come before them. */
const patienceMs = 500;

/**
 * What pods use, in their order, but those that take long last. One pod that cannot be measured is one answer with a
 * failure.
 *
 * Every pod has a call of its own: containerd's ListPodSandboxStats fails as a whole for one pod without a cgroup, and is no
 * faster than eight calls at a time (30 pods on two cores, median of five, list and calls: 1.6.20 274 and 166 ms, 1.7.24 260
 * and 168 ms, 2.1.9 67 and 57 ms; one call at a time 331, 275 and 132 ms). With hundreds of pods it was seen to take minutes.
 *
 * @throws {CancelledError} when the signal aborts
 * @throws {UnimplementedError} and {UnreachableError}, which are the same for all
 * @see CRI RuntimeService.PodSandboxStats
 */
export async function* podUsage(
  runtime: Pick<RuntimeService, "podSandboxStats">,
  pods: readonly PodToMeasure[],
  options: PodUsageOptions,
): AsyncGenerator<PodUsage, void, undefined> {
  const gate = createGate(options.concurrency ?? 1);
  const { timeoutMs, since } = options;
  using own = ownSignal(options.signal);
  const { signal } = own;
  const sample = (id: string, urgency: { readonly urgent: boolean }): Promise<PodSandboxStats | undefined> =>
    gate.pass(async () => (await runtime.podSandboxStats({ podSandboxId: id }, { signal, timeoutMs })).stats, urgency);
  const earlierOf = async (id: string): Promise<PodSandboxStats | undefined> => {
    if (typeof since !== "number") return since.get(id)?.stats;
    if (since === 0) return undefined;
    const first = await sample(id, { urgent: false });
    await pause(since, signal);
    return first;
  };
  const measure = async (pod: PodToMeasure): Promise<PodUsage> => {
    try {
      const earlier = await earlierOf(pod.id);
      // What is half measured goes first: rows come while others still wait.
      const stats = await sample(pod.id, { urgent: earlier !== undefined });
      const cpu = stats?.linux?.cpu;
      return { pod, stats, cpuPercent: since === 0 ? reportedCpuPercent(cpu) : cpuPercent(earlier?.linux?.cpu, cpu) };
    } catch (failure) {
      if (signal.aborted || isForAll(failure)) throw failure;
      return { pod, failure };
    }
  };
  // One that fails at once is there before the others can be.
  yield* inOrder(pods.map(measure), patienceMs + (typeof since === "number" ? since : 0));
}

/** What no other pod will fare better with. */
function isForAll(failure: unknown): boolean {
  return failure instanceof UnimplementedError || failure instanceof UnreachableError;
}

/** A signal that as many may listen to as there are pods. It aborts with `outer`, and when nobody wants more. */
function ownSignal(outer: AbortSignal | undefined): { readonly signal: AbortSignal } & Disposable {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  const follow = (): void => controller.abort(outer?.reason);
  if (outer?.aborted === true) follow();
  outer?.addEventListener("abort", follow, { once: true });
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      outer?.removeEventListener("abort", follow);
      controller.abort(new CancelledError("nobody wants to know more"));
    },
  };
}
