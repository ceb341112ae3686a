import type { Line } from "../cri/connect.ts";
import { ContainerEventType, type ContainerStatus } from "../cri/messages.ts";
import { createRuntimeService } from "../cri/services.ts";

type Listener = (status: ContainerStatus | undefined) => void;

/** One subscription to a runtime's events, for whoever waits for containers to stop. Nothing is sent before it is opened. */
export class ContainerEvents {
  readonly #line: Line;
  readonly #signal: AbortSignal | undefined;
  readonly #end = new AbortController();
  readonly #listeners = new Map<string, Set<Listener>>();
  #opened = false;
  #flowing = false;

  constructor(line: Line, signal?: AbortSignal) {
    this.#line = line;
    this.#signal = signal;
  }

  /** Whether events are to be expected: the runtime has them, and the stream has not broken. */
  get flowing(): boolean {
    return this.#flowing;
  }

  /** Subscribes, if it has not been done. A runtime that has no events is no failure: there are none then. */
  open(): void {
    if (this.#opened) return;
    this.#opened = true;
    this.#flowing = true;
    void this.#read().catch(() => (this.#flowing = false));
  }

  /**
   * Settles when the container is said to have stopped or gone, with its status where the event has it; else when `pauseMs`
   * are over, or the signal has aborted.
   */
  stopOf(containerId: string, pauseMs: number): Promise<ContainerStatus | undefined> {
    return new Promise((resolve) => {
      const listeners = this.#listeners.get(containerId) ?? new Set();
      const done: Listener = (status) => {
        clearTimeout(timer);
        this.#signal?.removeEventListener("abort", stop);
        listeners.delete(done);
        resolve(status);
      };
      const stop = (): void => done(undefined);
      const timer = setTimeout(stop, pauseMs);
      this.#signal?.addEventListener("abort", stop, { once: true });
      this.#listeners.set(containerId, listeners.add(done));
      if (this.#signal?.aborted === true) stop();
    });
  }

  /** Ends the subscription. */
  close(): void {
    this.#end.abort();
  }

  async #read(): Promise<void> {
    // Its UNIMPLEMENTED is expected, and needs no explanation that costs another call.
    const runtime = createRuntimeService({ ...this.#line.caller, explain: undefined });
    const events = runtime.getContainerEvents({}, { signal: this.#end.signal });
    for await (const { containerId, containerEventType, containersStatuses } of events) {
      if (!stops.has(containerEventType)) continue;
      const status = containersStatuses.find(({ id }) => id === containerId);
      for (const listener of this.#listeners.get(containerId) ?? []) listener(status);
    }
    this.#flowing = false;
  }
}

const stops: ReadonlySet<ContainerEventType> = new Set([
  ContainerEventType.CONTAINER_STOPPED_EVENT,
  ContainerEventType.CONTAINER_DELETED_EVENT,
]);
