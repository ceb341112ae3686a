import type { Line } from "../cri/connect.ts";
import { CancelledError } from "../errors.ts";
import type { CallOptions } from "../rpc/call-options.ts";

/** Milliseconds that a call may go on after it was given up. One that starts something takes some tenths of a second. */
const patienceMs = 10_000;

/** What came of a call, and whether the caller had given it up before it was through. */
export interface CarriedThrough<T> {
  readonly answer: T;
  readonly givenUp: CancelledError | undefined;
}

/**
 * Makes a call that containerd does not bear to be broken off: a signal that aborts meanwhile cancels it only when it is
 * not through after ten seconds. StartContainer leaves a process behind for ever (`runc init`, seen on 2.1) and for seconds
 * a container that cannot be removed; RunPodSandbox leaves the socket of the shim that was about to start.
 *
 * @param rpc its name, for the error
 * @throws {CancelledError} when `signal` had aborted before, or the ten seconds are over
 */
export async function carryThrough<T>(
  { endpoint }: Line,
  rpc: string,
  call: (options: CallOptions) => Promise<T>,
  { signal, timeoutMs }: CallOptions,
): Promise<CarriedThrough<T>> {
  const cancelled = (): CancelledError | undefined =>
    signal?.aborted === true
      ? new CancelledError(`${rpc} on ${endpoint} was cancelled`, { rpc, endpoint, cause: signal.reason })
      : undefined;
  const before = cancelled();
  if (before !== undefined) throw before;
  const late = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const giveUp = (): void => {
    timer = setTimeout(() => late.abort(signal?.reason), patienceMs);
  };
  signal?.addEventListener("abort", giveUp, { once: true });
  try {
    return { answer: await call({ signal: late.signal, timeoutMs }), givenUp: cancelled() };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", giveUp);
  }
}
