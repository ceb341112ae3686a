import type { Line } from "../cri/connect.ts";
import { subscribe } from "../events/subscribe.ts";

/** What an event says of a container that has stopped. Neither CRI's nor containerd's says why. */
export interface Stop {
  readonly exitCode: number | undefined;
}

type Listener = (stop: Stop | undefined) => void;

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
   * Settles when the container is said to have stopped or gone, with what is said of that; else when `pauseMs` are over, or
   * the signal has aborted.
   */
  stopOf(containerId: string, pauseMs: number): Promise<Stop | undefined> {
    return new Promise((resolve) => {
      const listeners = this.#listeners.get(containerId) ?? new Set();
      const done: Listener = (stopped) => {
        clearTimeout(timer);
        this.#signal?.removeEventListener("abort", stop);
        listeners.delete(done);
        resolve(stopped);
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
    for await (const { id, kind, exitCode } of subscribe(this.#line, this.#end.signal)) {
      if (kind !== "stopped" && kind !== "deleted") continue;
      for (const listener of this.#listeners.get(id) ?? []) listener({ exitCode });
    }
    this.#flowing = false;
  }
}
