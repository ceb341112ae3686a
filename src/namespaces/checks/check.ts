import type { Line } from "../../cri/connect.ts";
import { CancelledError } from "../../errors.ts";
import type { CallOptions } from "../../rpc/call-options.ts";
import type { MeasuredPod } from "../measure.ts";
import type { Finding } from "../verdict.ts";

/** Whom a check may ask. */
export interface CheckSource {
  readonly line: Line;
  /** Of every RPC; `signal` ends everything else as well. */
  readonly call?: CallOptions | undefined;
  /** The root of procfs, which has to be the host's. */
  readonly proc?: string | undefined;
  /** The time, in milliseconds since 1970: what is young may still be in the making. */
  readonly nowMs: number;
}

/**
 * Looks at something of some pods and judges it: an effectful reader and a pure judge.
 *
 * @throws {CancelledError} when the signal of the source aborts
 * @throws {CrikitError} when the runtime fails for another reason than that a pod is gone
 */
export type Check = (pods: readonly MeasuredPod[], source: CheckSource) => Promise<readonly Finding[]>;

/** How many pods are read of at once: what that costs is files of procfs. */
export const readsAtOnce = 16;

/** How many RPCs are under way at once where CRI has no list: two cores gain nothing from more. */
export const callsAtOnce = 8;

/** How many processes are started at once, on this machine or in containers. */
export const spawnsAtOnce = 4;

/** Ends a check between two steps of which none takes a signal. @throws {CancelledError} */
export function unlessAborted({ call }: Pick<CheckSource, "call">): void {
  const signal = call?.signal;
  if (signal?.aborted === true) throw new CancelledError("the checks were given up", { cause: signal.reason });
}

/** Milliseconds that a program of this machine may take; `undefined` for its own default. */
export function runOptions({ call }: Pick<CheckSource, "call">): CallOptions {
  return { signal: call?.signal, timeoutMs: call?.timeoutMs };
}
