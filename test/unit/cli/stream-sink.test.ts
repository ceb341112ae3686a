import { Writable } from "node:stream";
import { expect, test } from "vitest";
import type { FirstWrites } from "../../../src/cli/first-writes.ts";
import { streamSink } from "../../../src/cli/stream-sink.ts";

/** A stream that takes what it is given when it is told to, and says as Bun's do that nothing is under way. */
class SlowStream {
  readonly waiting: (() => void)[] = [];
  readonly writableLength = 0;
  write(_: string | Uint8Array, taken: () => void): boolean {
    this.waiting.push(taken);
    return false;
  }
  take(): void {
    this.waiting.shift()?.();
  }
}

const settled = async (promise: Promise<void>): Promise<boolean> => {
  const late = new Promise<string>((resolve) => setTimeout(() => resolve("late"), 20));
  return (await Promise.race([promise, late])) !== "late";
};
const env = {};

test("is flushed when the last of what was written has been taken, whatever the stream says of itself", async () => {
  const stream = new SlowStream();
  const sink = streamSink(() => stream as never, { signal: new AbortController().signal, env });
  expect(await settled(sink.flushed())).toBe(true);
  sink.write("a");
  sink.write("b");
  const flushed = sink.flushed();
  stream.take();
  expect(await settled(flushed)).toBe(false);
  stream.take();
  await flushed;
});

test("is drained when it is empty again, or when nobody wants more; and it is listened to no longer than that", async () => {
  const stream = new SlowStream();
  const controller = new AbortController();
  let listeners = 0;
  const { signal } = controller;
  for (const [name, step] of [
    ["addEventListener", 1],
    ["removeEventListener", -1],
  ] as const) {
    const real = signal[name].bind(signal) as (...args: unknown[]) => void;
    Object.assign(signal, { [name]: (...args: unknown[]) => ((listeners += step), real(...args)) });
  }
  const sink = streamSink(() => stream as never, { signal, env });
  await sink.drained();
  for (let round = 0; round < 3; round++) {
    sink.write("a");
    const drained = sink.drained();
    expect(await settled(drained)).toBe(false);
    stream.take();
    await drained;
  }
  expect(listeners).toBe(0);
  sink.write("a");
  const drained = sink.drained();
  controller.abort();
  await drained;
  await sink.drained();
});

test("of a stream that breaks is flushed too", async () => {
  const broken = new Writable({ write: (_chunk, _encoding, done) => done(new TypeError("EPIPE")) });
  broken.on("error", () => undefined);
  const sink = streamSink(() => broken as never, { signal: new AbortController().signal, env });
  sink.write("a");
  sink.write("b");
  await sink.flushed();
});

/** Takes so many bytes, and then wants a stream; or fails. */
function firstWrites(room: number, failure?: Error): FirstWrites & { readonly taken: string[] } {
  const taken: string[] = [];
  return {
    taken,
    get isOver() {
      return room <= 0;
    },
    write(bytes: Uint8Array): Uint8Array {
      if (failure !== undefined) throw failure;
      taken.push(Buffer.from(bytes.subarray(0, room)).toString());
      const rest = bytes.subarray(room);
      room -= bytes.length;
      return rest;
    },
  } as unknown as FirstWrites & { readonly taken: string[] };
}

test("opens no stream for what can be written at once, and writes the rest behind it in order", async () => {
  const written: string[] = [];
  let opened = 0;
  const stream = {
    write: (text: string, taken: () => void) => (written.push(Buffer.from(text).toString()), taken(), true),
  };
  const first = firstWrites(5);
  const { signal } = new AbortController();
  const sink = streamSink(() => (opened++, stream as never), { signal, env, first });
  expect({ isTty: sink.isTty, color: sink.terminal().color }).toEqual({ isTty: false, color: false });
  sink.write("abc");
  await sink.flushed();
  expect(opened).toBe(0);
  sink.write(Buffer.from("defg"));
  sink.write("h");
  await sink.flushed();
  expect(first.taken).toEqual(["abc", "de"]);
  expect(written).toEqual(["fg", "h"]);
});

test("tells what a first write failed with, as a stream would", () => {
  const failures: Error[] = [];
  const broken = Object.assign(new Error("write EPIPE"), { code: "EPIPE" });
  const { signal } = new AbortController();
  const first = firstWrites(5, broken);
  streamSink(() => ({}) as never, { signal, env, first, onError: (error) => failures.push(error) }).write("a");
  expect(failures).toEqual([broken]);
});
