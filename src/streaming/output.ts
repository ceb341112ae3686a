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
  [Symbol.dispose]: () => undefined,
};

function sinkToNode(stream: Writable): Sink {
  let pendingBytes = 0;
  let failure: Error | undefined;
  let wake = (): void => undefined;
  const failed = (error: Error): void => {
    failure ??= error;
    wake();
  };
  const closed = (): void => {
    if (!stream.writableFinished) failed(new HostError("the output was closed before the last of it was written"));
  };
  stream.on("error", failed).on("close", closed);
  if (stream.destroyed) closed();
  const settled = async (isSettled: () => boolean): Promise<void> => {
    while (failure === undefined && !isSettled()) await new Promise<void>((resolve) => (wake = resolve));
    if (failure !== undefined) throw failure;
  };
  return {
    async write(bytes) {
      if (failure !== undefined) throw failure;
      pendingBytes += bytes.length;
      stream.write(bytes, () => {
        pendingBytes -= bytes.length;
        wake();
      });
      if (pendingBytes > mostPendingBytes) await settled(() => pendingBytes <= mostPendingBytes / 2);
    },
    flush: () => settled(() => pendingBytes === 0),
    [Symbol.dispose]: () => stream.off("error", failed).off("close", closed),
  };
}

function sinkToWeb(stream: WritableStream<Uint8Array>): Sink {
  const writer = stream.getWriter();
  let pendingBytes = 0;
  let last: Promise<void> = Promise.resolve();
  return {
    async write(bytes) {
      pendingBytes += bytes.length;
      last = writer.write(bytes).then(() => {
        pendingBytes -= bytes.length;
      });
      last.catch(() => undefined); // told by `last` below and by flush()
      if (pendingBytes > mostPendingBytes) await last;
    },
    flush: () => last,
    [Symbol.dispose]: () => {
      writer.closed.catch(() => undefined); // it rejects when the lock is given back
      writer.releaseLock();
    },
  };
}
