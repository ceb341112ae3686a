import { Readable } from "node:stream";
import { HostError } from "../errors.ts";
import { untilStopped } from "./until-stopped.ts";

/** Where input comes from. A stream is read as far as it is needed and left as it is: neither ended nor destroyed. */
export type Input = Readable | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array | string> | Uint8Array | string;

/** Reads an input until it ends or `stop` aborts, whichever is first. @throws what the source throws */
export function readInput(input: Input, stop: AbortSignal): AsyncGenerator<Uint8Array, void> {
  if (typeof input === "string" || input instanceof Uint8Array) return once(input);
  if (input instanceof Readable) return readNode(input, stop);
  if ("getReader" in input) return readWeb(input, stop);
  return readIterable(input, stop);
}

async function* once(text: Uint8Array | string): AsyncGenerator<Uint8Array, void> {
  yield bytesOf(text);
}

/** By its events: leaving its iterator would destroy it, and standard input belongs to whoever comes next as well. */
async function* readNode(stream: Readable, stop: AbortSignal): AsyncGenerator<Uint8Array, void> {
  let wake = (): void => undefined;
  const awake = (): void => wake();
  const events = ["readable", "end", "close", "error"] as const;
  for (const event of events) stream.on(event, awake);
  stop.addEventListener("abort", awake);
  try {
    while (!stop.aborted) {
      const chunk = stream.read() as Uint8Array | string | null;
      if (chunk !== null) {
        yield bytesOf(chunk);
        continue;
      }
      if (stream.errored) throw stream.errored;
      if (stream.readableEnded) return;
      if (stream.destroyed) throw new HostError("the input was destroyed before its end");
      await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    for (const event of events) stream.off(event, awake);
    stop.removeEventListener("abort", awake);
  }
}

async function* readWeb(stream: ReadableStream<Uint8Array>, stop: AbortSignal): AsyncGenerator<Uint8Array, void> {
  const reader = stream.getReader();
  // What a read that is under way throws then is dropped below.
  const release = (): void => reader.releaseLock();
  stop.addEventListener("abort", release);
  try {
    while (!stop.aborted) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } catch (error) {
    if (!stop.aborted) throw error;
  } finally {
    stop.removeEventListener("abort", release);
    reader.releaseLock();
  }
}

async function* readIterable(
  source: AsyncIterable<Uint8Array | string>,
  stop: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  for await (const chunk of untilStopped(source, stop)) yield bytesOf(chunk);
}

function bytesOf(text: Uint8Array | string): Uint8Array {
  return typeof text === "string" ? Buffer.from(text) : text;
}
