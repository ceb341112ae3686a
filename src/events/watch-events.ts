import { setTimeout as sleep } from "node:timers/promises";
import { criRecordOf, type CriRecord } from "../containerd/cri-record.ts";
import { createContainerdServices } from "../containerd/services.ts";
import type { Line } from "../cri/connect.ts";
import { ConnectionLostError, type CrikitError, RuntimeFailedError, UnreachableError } from "../errors.ts";
import type { CallOptions } from "../rpc/call-options.ts";
import { EventQueue } from "./event-queue.ts";
import { Told, type Identity } from "./inventory-diff.ts";
import { knownContainer, knownPod, type Known, type RuntimeEvent } from "./runtime-event.ts";
import { subscribe } from "./subscribe.ts";

/** How events are watched. */
export interface WatchEventsOptions {
  /** Ends the watch. */
  readonly signal: AbortSignal;
  /** The time, nanoseconds since 1970, for what is only noticed. */
  readonly now: () => bigint;
  /** Told when the runtime went away, and when it is there again: what is found then comes with the source `look`. */
  readonly onGap?: ((gap: Gap) => void) | undefined;
  /** Deadline of the looks, milliseconds. */
  readonly timeoutMs?: number | undefined;
}

/** The beginning and the end of a time in which events may have been lost. */
export type Gap = { readonly is: "lost"; readonly cause: Error } | { readonly is: "back" };

/** That it is time to look at what there is. */
interface Look {
  /** Whether the runtime was away since the last time. */
  readonly isBehindGap: boolean;
}

const ordinary: Look = { isBehindGap: false };

/** Milliseconds between two attempts to reach a runtime that went away. */
const reconnect = { firstMs: 100, longestMs: 2_000 };
/** Milliseconds between two looks beside the events: containerd 1.7 shares them out among its listeners. */
const lookMs = 10_000;
/** Behind the first look, the next one soon: a subscription has no sign of having begun. */
const secondLookMs = 500;

/**
 * What happens to the pod sandboxes and containers of a runtime from now on, each event once. The runtime may be restarted
 * meanwhile: it is waited for, and what has happened until then is found by looking, so that nothing is silently lost.
 *
 * @throws {UnimplementedError} when the runtime tells no events
 * @throws {UnreachableError} when it is not there to begin with
 * @see CRI RuntimeService.GetContainerEvents, ListPodSandbox, ListContainers
 */
export async function* watchEvents(line: Line, options: WatchEventsOptions): AsyncGenerator<RuntimeEvent> {
  const end = new AbortController();
  const signal = AbortSignal.any([options.signal, end.signal]);
  const told = new Told();
  const lookUp = lookUpIn(line, told, { signal, timeoutMs: options.timeoutMs });
  const queue = new EventQueue<RuntimeEvent | Look>();
  const listening = listen(line, queue, { ...options, signal }).catch((error: unknown) => {
    if (signal.aborted) queue.close();
    else queue.fail(error);
  });
  try {
    // The subscription is under way: what is there now is not news, what comes after is.
    told.begin(await present(line, options));
    const looking = lookNowAndThen(queue, signal);
    for await (const item of queue.take()) {
      if (isEvent(item)) {
        yield* news([item], told, lookUp);
        continue;
      }
      const found = await presentUnlessAway(line, options);
      // What has been told meanwhile says more than lists do: when it was, and how it ended. Behind a gap the lists come first:
      // what they do not have is gone, and what is told by then is new.
      if (!item.isBehindGap) yield* news(queue.takeWhile(isEvent), told, lookUp);
      if (found !== undefined) yield* news(told.look(found, options.now(), item.isBehindGap), told, lookUp);
    }
    await looking;
  } catch (error) {
    if (!options.signal.aborted) throw error;
  } finally {
    end.abort();
    await listening;
  }
}

/** Subscribes, again and again. */
async function listen(
  line: Line,
  queue: EventQueue<RuntimeEvent | Look>,
  { signal, onGap }: WatchEventsOptions,
): Promise<void> {
  for (let pauseMs = reconnect.firstMs, lost = false; !signal.aborted;) {
    try {
      if (lost) {
        await line.runtime.version({}, { signal });
        queue.push({ isBehindGap: true });
        onGap?.({ is: "back" });
      }
      lost = false;
      for await (const event of subscribe(line, signal)) {
        pauseMs = reconnect.firstMs;
        queue.push(event);
      }
      // In good order, and a gap all the same: what happens until the next subscription is not told.
      throw new ConnectionLostError("the runtime ended its events", { endpoint: line.endpoint });
    } catch (error) {
      if (!isAway(error)) throw error;
      if (!lost) onGap?.({ is: "lost", cause: error });
    }
    lost = true;
    await sleep(pauseMs, undefined, { signal });
    pauseMs = Math.min(2 * pauseMs, reconnect.longestMs);
  }
}

/** A runtime that is being restarted. One that never was there is another matter: the first list fails then. */
function isAway(error: unknown): error is CrikitError {
  if (error instanceof ConnectionLostError || error instanceof UnreachableError) return true;
  // What containerd says while it starts.
  return error instanceof RuntimeFailedError && error.status === "UNAVAILABLE";
}

async function lookNowAndThen(queue: EventQueue<RuntimeEvent | Look>, signal: AbortSignal): Promise<void> {
  for (let pauseMs = secondLookMs; ; pauseMs = lookMs) {
    try {
      await sleep(pauseMs, undefined, { signal });
    } catch {
      queue.close();
      return;
    }
    queue.pushOnce(ordinary); // whoever takes nothing for hours has not as many looks to wait for
  }
}

function isEvent(item: RuntimeEvent | Look): item is RuntimeEvent {
  return "kind" in item;
}

/** Those of the events that are news, with who they are about. */
async function* news(events: readonly RuntimeEvent[], told: Told, lookUp: LookUp): AsyncGenerator<RuntimeEvent> {
  for (const event of events) {
    const whole = await complete(event, told, lookUp);
    if (!told.isNews(whole)) continue;
    told.tell(whole);
    yield whole;
  }
}

/** Nothing while the runtime is away: it is looked at again when it is back. */
async function presentUnlessAway(line: Line, options: CallOptions): Promise<readonly Known[] | undefined> {
  try {
    return await present(line, options);
  } catch (error) {
    if (isAway(error)) return undefined;
    throw error;
  }
}

async function present(line: Line, { signal, timeoutMs }: CallOptions): Promise<readonly Known[]> {
  const options = { signal, timeoutMs };
  const [{ items }, { containers }] = await Promise.all([
    line.runtime.listPodSandbox({}, options),
    line.runtime.listContainers({}, options),
  ]);
  const pods = items.map(knownPod);
  const byId = new Map(pods.map((pod) => [pod.id, pod]));
  return [...pods, ...containers.map((container) => knownContainer(container, byId))];
}

/** An event with who it is about: as it was told before, else as the runtime says now. */
async function complete(event: RuntimeEvent, told: Told, lookUp: LookUp): Promise<RuntimeEvent> {
  if (event.name !== undefined) return event;
  if (told.about(event.id) === undefined && event.kind !== "deleted") {
    const found = await lookUp(event.id);
    if (found !== undefined) told.introduce(found);
  }
  const { name, pod, labels, isSandbox } = told.about(event.id) ?? event;
  return { ...event, name, pod, labels, isSandbox };
}

type LookUp = (id: string) => Promise<Identity | undefined>;

/** containerd tells only ids, and before CRI's lists have them: its own records say who they are. */
function lookUpIn(line: Line, told: Told, options: CallOptions): LookUp {
  const containerd = createContainerdServices({ ...line.caller, explain: undefined });
  const record = (id: string): Promise<CriRecord | undefined> =>
    criRecordOf(containerd, id, options).catch(() => undefined); // a name is worth no failure
  return async (id) => {
    const found = await record(id);
    if (found === undefined) return undefined;
    const { isSandbox, name, namespace = "", labels, podSandboxId = "" } = found;
    if (isSandbox) return { id, isSandbox, name, labels, pod: { id, name, namespace } };
    return { id, isSandbox, name, labels, pod: told.about(podSandboxId)?.pod };
  };
}
