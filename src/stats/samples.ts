import { setTimeout as sleep } from "node:timers/promises";
import { CancelledError } from "../errors.ts";
import { longestTimerMs } from "../rpc/exchange.ts";

/** One sample, and the one before it: none for the first. */
export interface SamplePair<Sample> {
  readonly before: Sample | undefined;
  readonly now: Sample;
}

/** When to take samples. */
export interface SamplingOptions {
  /** Milliseconds between the end of one and the beginning of the next. */
  readonly intervalMs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Takes one sample after the other for ever, each with the one before it. The first is taken at once.
 *
 * @throws {CancelledError} when the signal aborts, in a pause as well
 */
export async function* samples<Sample>(
  take: () => Promise<Sample>,
  { intervalMs, signal }: SamplingOptions,
): AsyncGenerator<SamplePair<Sample>, never, undefined> {
  for (let before: Sample | undefined; ;) {
    const now = await take();
    yield { before, now };
    before = now;
    await pause(intervalMs, signal);
  }
}

/** Waits, 24 days at most: Node takes a longer time for none. @throws {CancelledError} when the signal aborts meanwhile */
export async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(Math.min(milliseconds, longestTimerMs), undefined, { signal });
  } catch (error) {
    throw new CancelledError("the wait between two samples was cancelled", { cause: signal?.reason ?? error });
  }
}
