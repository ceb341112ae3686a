import type { Writable } from "node:stream";
import { HostError } from "../errors.ts";

/** Where output goes. It is written to and never ended: what else goes there is its owner's matter. */
export type Output = Writable | WritableStream<Uint8Array>;

/** An output, written to with back-pressure. */
export interface Sink extends Disposable {
  /** Settles when more may be written. @throws what went wrong with the output */
  write(bytes: Uint8Array): Promise<void>;
  /** Settles when everything has been taken. @throws what went wrong with the output */
  flush(): Promise<void>;
  /** Lets go of who waits for the output, and fails whatever is asked of it from now on. */
  giveUp(why: unknown): void;
}

/** Makes a sink of an output; of nothing, one that forgets. Dispose of it to let go of the output. */
export function sinkTo(output: Output | undefined): Sink {
  if (output === undefined) return nowhere;
  return "getWriter" in output ? sinkToWeb(output) : sinkToNode(output);
}

/** Bytes that may wait to be written. Some have to: whoever does not read its output is not sent input either. */
const mostPendingBytes = 1_048_576;

const nowhere: Sink = {
  write: async () => undefined,
  flush: async () => undefined,
  giveUp: () => undefined,
  [Symbol.dispose]: () => undefined,
};

/** How much waits to be written, and for whom. */
class Waiting {
  #bytes = 0;
  #failure: { readonly error: unknown } | undefined;
  #wake = (): void => undefined;

  /** Settles when more may be written. */
  async add(lengthBytes: number): Promise<void> {
    this.#bytes += lengthBytes;
    if (this.#bytes > mostPendingBytes) await this.fallTo(mostPendingBytes / 2);
  }

  taken(lengthBytes: number): void {
    this.#bytes -= lengthBytes;
    this.#wake();
  }

  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#wake();
  }

  /** @throws what it failed with */
  mustGoOn(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  async fallTo(lengthBytes: number): Promise<void> {
    while (this.#failure === undefined && this.#bytes > lengthBytes) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    this.mustGoOn();
  }
}

function sinkToNode(stream: Writable): Sink {
  const waiting = new Waiting();
  const failed = (error: Error): void => waiting.fail(error);
  const closed = (): void => {
    if (!stream.writableFinished) failed(new HostError("the output was closed before the last of it was written"));
  };
  stream.on("error", failed).on("close", closed);
  if (stream.destroyed) closed();
  return {
    async write(bytes) {
      waiting.mustGoOn();
      const { length } = bytes;
      // A failure comes here first: the stream tells of it when it has closed, which may take its time.
      stream.write(bytes, (error) => {
        if (!error) waiting.taken(length);
        else if ("code" in error && error.code === "ERR_STREAM_DESTROYED") closed();
        else failed(error);
      });
      await waiting.add(length);
    },
    flush: () => waiting.fallTo(0),
    giveUp: (why) => waiting.fail(why),
    [Symbol.dispose]: () => stream.off("error", failed).off("close", closed),
  };
}

function sinkToWeb(stream: WritableStream<Uint8Array>): Sink {
  const writer = stream.getWriter();
  const waiting = new Waiting();
  return {
    async write(bytes) {
      waiting.mustGoOn();
      const { length } = bytes;
      writer.write(bytes).then(
        () => waiting.taken(length),
        (error: unknown) => waiting.fail(error),
      );
      await waiting.add(length);
    },
    flush: () => waiting.fallTo(0),
    giveUp: (why) => waiting.fail(why),
    [Symbol.dispose]: () => {
      writer.closed.catch(() => undefined); // it rejects when the lock is given back
      writer.releaseLock();
    },
  };
}
