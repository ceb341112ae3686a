import type { FirstWrites } from "./first-writes.ts";
import type { Sink } from "./io.ts";

/** A stream of the process as a sink, and what the end of the process has to wait for. */
export interface StreamSink extends Sink {
  /** Settles when everything written so far has been taken, or can never be, and the stream has said so. */
  flushed(): Promise<void>;
}

/** What a sink is made of. */
export interface StreamSinkOptions {
  readonly signal: AbortSignal;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Writes what comes first, so that the stream may never have to be opened. */
  readonly first?: FirstWrites | undefined;
  /** Is told of what a first write failed with. The stream says by itself what it fails with. */
  readonly onError?: ((error: Error) => void) | undefined;
}

/**
 * Makes a sink of a stream. What is on its way is counted here, by the callback of each write: Bun's streams say that nothing
 * is, and call back for an empty write before those in front of it.
 *
 * @param open gives the stream; called when it is needed, once or more
 */
export function streamSink(
  open: () => NodeJS.WriteStream,
  { signal, env, first, onError }: StreamSinkOptions,
): StreamSink {
  const isDirect = (): boolean => first?.isOver === false;
  const isTty = !isDirect() && open().isTTY === true; // undefined for a pipe
  let underWay = 0;
  let isFull = false;
  const waiting = new Set<() => void>();
  const taken = (): void => {
    underWay--;
    if (underWay > 0) return;
    isFull = false;
    for (const go of waiting) go(); // each takes itself out
  };
  /** Settles when nothing is under way any more; with a signal, when that aborts as well. */
  const allTaken = (giveUp?: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      if (underWay === 0 || giveUp?.aborted === true) return resolve();
      const go = (): void => {
        waiting.delete(go);
        giveUp?.removeEventListener("abort", go);
        resolve();
      };
      waiting.add(go);
      giveUp?.addEventListener("abort", go);
    });
  const stream = (bytes: string | Uint8Array): void => {
    underWay++;
    if (!open().write(bytes, taken)) isFull = true;
  };
  const direct = (bytes: Uint8Array): Uint8Array | undefined => {
    try {
      return first?.write(bytes);
    } catch (error) {
      onError?.(error as Error);
      return undefined;
    }
  };
  return {
    write: (text) => {
      if (!isDirect()) return stream(text);
      const rest = direct(typeof text === "string" ? Buffer.from(text) : text);
      if (rest !== undefined && rest.length > 0) stream(rest);
    },
    // A reader that goes is an error of the stream, which aborts the command.
    drained: () => (isFull ? allTaken(signal) : Promise.resolve()),
    flushed: async () => {
      if (underWay === 0 && isDirect()) return;
      await allTaken();
      // The event of a failed write comes after its callback.
      await new Promise((resolve) => setImmediate(resolve));
    },
    isTty,
    terminal: () => ({
      width: isTty ? open().columns || 80 : Infinity, // 0 where nobody has said how wide it is
      height: isTty ? open().rows || undefined : undefined,
      // https://no-color.org: any value but the empty one
      color: isTty && (env["NO_COLOR"] ?? "") === "" && env["TERM"] !== "dumb",
      now: new Date(),
    }),
  };
}
