import { Writable } from "node:stream";
import { callbackify } from "node:util";
import type { Sink } from "./io.ts";

/** A stream into a sink, no faster than the sink takes it. Its end is not the sink's. */
export function writableTo(sink: Pick<Sink, "write" | "drained">): Writable {
  const put = callbackify(async (chunk: Uint8Array) => {
    sink.write(chunk);
    await sink.drained();
  });
  return new Writable({ write: (chunk: Uint8Array, _encoding, done) => put(chunk, done) });
}
