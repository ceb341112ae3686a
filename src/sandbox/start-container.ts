import type { Line } from "../cri/connect.ts";
import { CancelledError } from "../errors.ts";
import type { CallOptions } from "../rpc/call-options.ts";

/** Milliseconds that a start may go on after it was given up. One takes a tenth of a second. */
const patienceMs = 10_000;

/**
 * Starts a container. A signal that aborts meanwhile rejects when the start is through, whatever came of it: containerd
 * that is left in the middle of it leaves a process behind for ever (`runc init`, seen on 2.1), and refuses for seconds to
 * remove the container.
 *
 * @throws {CancelledError} when `signal` aborts; the container may run then
 * @see CRI RuntimeService.StartContainer
 */
export async function startContainer(line: Line, containerId: string, options: CallOptions = {}): Promise<void> {
  const { signal, timeoutMs } = options;
  const rpc = "StartContainer";
  const { endpoint } = line;
  const cancelled = (): CancelledError =>
    new CancelledError(`${rpc} on ${endpoint} was cancelled`, { rpc, endpoint, cause: signal?.reason });
  if (signal?.aborted === true) throw cancelled();
  const late = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const giveUp = (): void => {
    timer = setTimeout(() => late.abort(signal?.reason), patienceMs);
  };
  signal?.addEventListener("abort", giveUp, { once: true });
  try {
    await line.runtime.startContainer({ containerId }, { signal: late.signal, timeoutMs });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", giveUp);
  }
  // Asked through a call: what it was before the start says nothing of now.
  if (isAborted(signal)) throw cancelled();
}

function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}
