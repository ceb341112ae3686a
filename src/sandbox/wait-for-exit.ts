import type { Line } from "../cri/connect.ts";
import { ContainerState, type ContainerStatus } from "../cri/messages.ts";
import { NotFoundError } from "../errors.ts";
import type { CallOptions } from "../rpc/call-options.ts";
import { ContainerEvents } from "./container-events.ts";

/** How a container ended. */
export interface Exit {
  /** As the runtime tells it: 128 + the signal's number for a process that a signal ended. */
  readonly exitCode: number;
  /** The runtime's word for it, such as `Completed`, `Error` or `OOMKilled`. */
  readonly reason: string;
  /** What the runtime adds, mostly nothing. */
  readonly message: string;
}

/** Milliseconds between two looks: the first pause, then twice as long each time up to one of the longest. */
const pauses = { firstMs: 25, longestMs: 500, longestWithEventsMs: 2_000 };

/**
 * Waits until a container has exited, for however long it takes; one that was created and never started is waited for as
 * well. The runtime's events are listened to where it has them, and its status is asked for beside them: a stream may break,
 * and not every runtime has one.
 *
 * @param options `timeoutMs` is each RPC's, not the wait's: end the wait by its signal
 * @throws {NotFoundError} when the container is gone before its exit was seen
 * @see CRI RuntimeService.GetContainerEvents, RuntimeService.ContainerStatus
 */
export function waitForExit(line: Line, containerId: string, options: CallOptions = {}): Promise<Exit> {
  const [exit] = waitForExits(line, [containerId], options);
  return exit as Promise<Exit>; // one in, one out
}

/** The same for several containers, a promise each in their order, with one subscription to the events for all. */
export function waitForExits(
  line: Line,
  containerIds: readonly string[],
  options: CallOptions = {},
): readonly Promise<Exit>[] {
  const events = new ContainerEvents(line, options.signal);
  const exits = containerIds.map((containerId) => exitOf(line, containerId, { ...options, events }));
  // Whoever gets the promises is told of their failures; this only closes up behind them.
  void Promise.allSettled(exits).then(() => events.close());
  return exits;
}

interface Watch extends CallOptions {
  readonly events: ContainerEvents;
}

async function exitOf(line: Line, containerId: string, { events, ...options }: Watch): Promise<Exit> {
  const look = async (): Promise<ContainerStatus> => {
    const { status } = await line.runtime.containerStatus({ containerId }, options);
    return status as ContainerStatus; // the client takes no answer without one
  };
  let status = await look();
  // Most that are waited for have exited: only the others are worth a subscription.
  if (!hasExited(status)) events.open();
  let told: Exit | undefined;
  for (let pauseMs = pauses.firstMs; !hasExited(status); pauseMs *= 2) {
    const longestMs = events.flowing ? pauses.longestWithEventsMs : pauses.longestMs;
    const stop = await events.stopOf(status.id, Math.min(pauseMs, longestMs));
    if (stop !== undefined) pauseMs = pauses.firstMs / 2; // the status follows at once, and says why as well
    if (stop?.exitCode !== undefined) told = { exitCode: stop.exitCode, reason: "", message: "" };
    else if (told !== undefined && pauseMs > pauses.longestMs) return told;
    try {
      status = await look();
    } catch (error) {
      // What the event said holds even when the container has been removed since.
      if (error instanceof NotFoundError && told !== undefined) return told;
      throw error;
    }
  }
  const { exitCode, reason, message } = status;
  return { exitCode, reason, message };
}

function hasExited({ state }: ContainerStatus): boolean {
  return state === ContainerState.CONTAINER_EXITED;
}
