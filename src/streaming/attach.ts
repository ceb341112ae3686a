import type { Line } from "../cri/connect.ts";
import { carry, purposeOf } from "./carry.ts";
import type { Streams } from "./converse.ts";
import { openSession, type StreamingOptions } from "./open.ts";

/** Where the streams of a container's main process go, and how they travel. */
export interface AttachOptions extends StreamingOptions, Streams {
  /** Whether the container has a terminal: it has to be said as it was when the container was made. */
  readonly tty?: boolean | undefined;
  /** Whether the process has to see the end of `stdin`. False when absent: most containers live longer than one input. */
  readonly stdinEnds?: boolean | undefined;
}

/** How it ended: the container's process closed its streams, or the detach keys were typed and it goes on. */
export interface AttachResult {
  readonly detached: boolean;
}

/**
 * Carries the streams of a container's main process, from now on. When it resolves, the process has closed them, which most
 * do by ending; the exit code is in the container's status. When `signal` aborts, the container goes on.
 *
 * @throws {NotFoundError} when there is no such container
 * @throws {ConnectionLostError} when the connection breaks
 * @throws {CancelledError} {RuntimeFailedError} {UnreachableError} {UntrustedError} {UnimplementedError}
 * @see CRI RuntimeService.Attach
 */
export async function attach(line: Line, containerId: string, options: AttachOptions): Promise<AttachResult> {
  const { tty = false, stdinEnds = false } = options;
  const purpose = purposeOf(options, tty);
  const { stdin, stdout, stderr } = purpose;
  const session = await openSession(
    line,
    {
      rpc: "Attach",
      purpose,
      ask: () => line.runtime.attach({ containerId, tty, stdin, stdout, stderr }, options),
      needsInputEnd: stdin && stdinEnds,
    },
    options,
  );
  const ended = await carry(session, options, { rpc: "Attach", endpoint: line.endpoint, purpose });
  return { detached: ended === "detached" };
}
