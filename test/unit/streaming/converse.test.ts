import { getEventListeners } from "node:events";
import { PassThrough, Readable, Writable } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { ConnectionLostError } from "../../../src/errors.ts";
import { carry, purposeOf } from "../../../src/streaming/carry.ts";
import { parseDetachKeys } from "../../../src/streaming/detach-keys.ts";
import type { Piece, Session, TerminalSize } from "../../../src/streaming/session.ts";
import type { Streams } from "../../../src/streaming/converse.ts";

/** A session whose other side is the test's. */
class FakeSession implements Session {
  readonly transport = "spdy";
  readonly protocol: string;
  readonly canEndInput = true;
  readonly input: string[] = [];
  hasInputEnded = false;
  isClosed = false;
  takes = true;
  #pieces: (Piece | "end" | Error)[] = [];
  #wake = (): void => undefined;

  constructor(protocol = "v4.channel.k8s.io") {
    this.protocol = protocol;
  }

  say(channel: Piece["channel"], text: string, isLast = false): void {
    this.#push({ channel, bytes: Buffer.from(text), isLast });
  }

  end(how: "end" | Error = "end"): void {
    this.#push(how);
  }

  async *pieces(): AsyncGenerator<Piece> {
    for (;;) {
      const piece = this.#pieces.shift();
      if (piece === "end" || this.isClosed) return;
      if (piece instanceof Error) throw piece;
      if (piece !== undefined) yield piece;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  async write(bytes: Uint8Array): Promise<boolean> {
    if (this.takes) this.input.push(Buffer.from(bytes).toString());
    return this.takes;
  }

  async endInput(): Promise<void> {
    this.hasInputEnded = true;
  }

  async resize(): Promise<void> {}

  close(): void {
    this.isClosed = true;
    this.#wake();
  }

  #push(piece: Piece | "end" | Error): void {
    this.#pieces.push(piece);
    this.#wake();
  }
}

const success = '{"metadata":{},"status":"Success"}';
const where = { rpc: "Exec", endpoint: "unix:///x.sock" };

function conversation(
  session: Session,
  streams: Streams,
  signal?: AbortSignal,
): Promise<{ readonly exitCode: number } | "detached"> {
  return carry(session, { ...streams, signal }, { ...where, purpose: purposeOf(streams, false) });
}

/** An output that takes a chunk only when it is told to. */
function slowOutput(): { readonly stream: Writable; readonly take: () => void; readonly text: () => string } {
  const taken: string[] = [];
  let waiting: (() => void)[] = [];
  const stream = new Writable({
    highWaterMark: 1,
    write(chunk: Buffer, _encoding, done) {
      waiting.push(() => {
        taken.push(chunk.toString());
        done();
      });
    },
  });
  const take = (): void => {
    const [first, ...rest] = waiting;
    waiting = rest;
    first?.();
  };
  return { stream, take, text: () => taken.join("") };
}

async function settle(): Promise<void> {
  for (let at = 0; at < 10; at++) await turn();
}

test("settles when the last byte has been written, not when it has come", async () => {
  const session = new FakeSession();
  const { stream, take, text } = slowOutput();
  let isSettled = false;
  const result = conversation(session, { stdout: stream }).finally(() => (isSettled = true));
  session.say("stdout", "first ");
  session.say("stdout", "last", true);
  session.say("error", success, true);
  await settle();
  expect(isSettled).toBe(false);
  take();
  await settle();
  expect(isSettled).toBe(false);
  take();
  expect(await result).toEqual({ exitCode: 0 });
  expect(text()).toBe("first last");
  expect(stream.writableEnded).toBe(false);
});

test("a connection that ends without a last word is lost, and no success", async () => {
  for (const how of ["end", new ConnectionLostError("the cable is cut")] as const) {
    const session = new FakeSession();
    const result = conversation(session, { stdout: new PassThrough() });
    session.say("stdout", "half");
    session.end(how);
    await expect(result).rejects.toMatchObject({ code: "connection-lost", rpc: "Exec" });
  }
});

test("half a last word is no word", async () => {
  const session = new FakeSession();
  const result = conversation(session, { stdout: new PassThrough() });
  session.say("error", success.slice(0, 20));
  session.end(new ConnectionLostError("the cable is cut"));
  await expect(result).rejects.toMatchObject({ code: "connection-lost" });
});

test("a last word is good though the connection broke behind it", async () => {
  const session = new FakeSession();
  const result = conversation(session, { stdout: new PassThrough() });
  session.say("error", success);
  session.end(new ConnectionLostError("reset"));
  expect(await result).toEqual({ exitCode: 0 });
});

test("before version 4 an empty error channel is a success only when it came to its end", async () => {
  const session = new FakeSession("channel.k8s.io");
  const result = conversation(session, { stdout: new PassThrough() });
  session.end(new ConnectionLostError("reset"));
  await expect(result).rejects.toMatchObject({ code: "connection-lost" });
  const orderly = new FakeSession("channel.k8s.io");
  const done = conversation(orderly, { stdout: new PassThrough() });
  orderly.say("stdout", "", true);
  orderly.say("error", "", true);
  expect(await done).toEqual({ exitCode: 0 });
});

test("the end of the input is told, of every kind of input", async () => {
  const web = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(Buffer.from("x"));
      controller.close();
    },
  });
  for (const stdin of ["x", Buffer.from("x"), Readable.from([Buffer.from("x")]), web, ["x"].values()]) {
    const session = new FakeSession();
    const input = typeof stdin === "object" && "next" in stdin ? Readable.from(stdin) : stdin;
    const result = conversation(session, { stdin: input });
    await settle();
    expect(session.input.join("")).toBe("x");
    expect(session.hasInputEnded).toBe(true);
    session.say("error", success, true);
    await result;
  }
});

test("an input that is a stream is neither ended nor destroyed, and what is left in it stays", async () => {
  const session = new FakeSession();
  const stdin = new PassThrough();
  stdin.write("one");
  const result = conversation(session, { stdin });
  await settle();
  session.say("error", success, true);
  await result;
  expect(stdin.destroyed).toBe(false);
  expect(stdin.listenerCount("readable") + stdin.listenerCount("error") + stdin.listenerCount("close")).toBe(0);
  stdin.write("two");
  expect(stdin.read()).toEqual(Buffer.from("two"));
});

test("an input that fails ends it with that failure", async () => {
  const session = new FakeSession();
  const stdin = new PassThrough();
  const result = conversation(session, { stdin });
  stdin.destroy(new Error("the disk is gone"));
  await expect(result).rejects.toThrow("the disk is gone");
  expect(session.isClosed).toBe(true);
});

test("an output that fails ends it with that failure", async () => {
  const session = new FakeSession();
  const stdout = new Writable({ write: (_chunk, _encoding, done) => done(new Error("the disk is full")) });
  const result = conversation(session, { stdout });
  session.say("stdout", "x");
  session.say("stdout", "x", true);
  session.say("error", success, true);
  await expect(result).rejects.toThrow("the disk is full");
});

test("input that nobody takes any more is not asked for", async () => {
  const session = new FakeSession();
  session.takes = false;
  let asked = 0;
  const stdin = (async function* (): AsyncGenerator<string> {
    for (;;) {
      asked += 1;
      yield "y\n";
    }
  })();
  const result = conversation(session, { stdin });
  await settle();
  expect(asked).toBe(1);
  session.say("error", success, true);
  expect(await result).toEqual({ exitCode: 0 });
});

test("no input is sent while more than a mebibyte of output waits for its reader", async () => {
  const session = new FakeSession();
  const { stream, take } = slowOutput();
  const stdin = new PassThrough();
  const result = conversation(session, { stdin, stdout: stream });
  session.say("stdout", "x".repeat(1_200_000));
  await settle();
  stdin.write("late");
  await settle();
  expect(session.input).toEqual([]);
  take();
  await settle();
  expect(session.input).toEqual(["late"]);
  session.say("stdout", "", true);
  session.say("error", success, true);
  take();
  await result;
});

test("an abort closes the session and says so, with its reason", async () => {
  const session = new FakeSession();
  const controller = new AbortController();
  const result = conversation(session, { stdout: new PassThrough() }, controller.signal);
  await settle();
  controller.abort(new Error("enough"));
  await expect(result).rejects.toMatchObject({
    code: "cancelled",
    cause: expect.objectContaining({ message: "enough" }),
  });
  expect(session.isClosed).toBe(true);
});

test("the detach keys end it, and what was typed before them has been sent", async () => {
  const session = new FakeSession();
  const stdin = new PassThrough();
  const result = conversation(session, { stdin, detachKeys: parseDetachKeys("ctrl-p,ctrl-q") });
  stdin.write("ls\n\u0010");
  await settle();
  stdin.write("\u0011rm");
  expect(await result).toBe("detached");
  expect(session.input.join("")).toBe("ls\n");
  expect(session.hasInputEnded).toBe(false);
});

/** An output that takes nothing, ever. */
const stuckOutput = (): Writable => new Writable({ highWaterMark: 1, write: () => undefined });

test("an abort is heard while an output takes nothing", async () => {
  const session = new FakeSession();
  const stdin = new PassThrough();
  const controller = new AbortController();
  const result = conversation(session, { stdin, stdout: stuckOutput() }, controller.signal);
  session.say("stdout", "x".repeat(1_200_000));
  stdin.write("held up");
  await settle();
  controller.abort();
  await expect(result).rejects.toMatchObject({ code: "cancelled" });
  await settle();
  expect(stdin.listenerCount("readable")).toBe(0);
});

test("an abort is heard while the last of the output is not taken", async () => {
  for (const stdout of [stuckOutput(), new WritableStream<Uint8Array>({ write: () => new Promise(() => undefined) })]) {
    const session = new FakeSession();
    const controller = new AbortController();
    const result = conversation(session, { stdout }, controller.signal);
    session.say("stdout", "last", true);
    session.say("error", success, true);
    await settle();
    controller.abort();
    await expect(result).rejects.toMatchObject({ code: "cancelled" });
  }
});

test("an input that fails is heard while an output takes nothing", async () => {
  const session = new FakeSession();
  const stdin = new PassThrough();
  const result = conversation(session, { stdin, stdout: stuckOutput() });
  await settle();
  session.say("stdout", "x".repeat(900_000));
  session.say("stdout", "x".repeat(900_000), true);
  session.say("error", success, true);
  stdin.destroy(new Error("the disk is gone"));
  await expect(result).rejects.toThrow("the disk is gone");
});

test("the last write fails it too, also of an output that takes its time to close", async () => {
  const session = new FakeSession();
  const stdout = new Writable({
    write: (_chunk, _encoding, done) => void setImmediate(() => done(new Error("the disk is full"))),
    destroy: (error, done) => void setTimeout(() => done(error), 50),
  });
  stdout.on("error", () => undefined);
  const result = conversation(session, { stdout });
  session.say("stdout", "x", true);
  session.say("error", success, true);
  await expect(result).rejects.toThrow("the disk is full");
});

test("an output that is locked leaves neither the session open nor a listener", async () => {
  const session = new FakeSession();
  const stdout = new WritableStream<Uint8Array>();
  stdout.getWriter();
  const controller = new AbortController();
  await expect(conversation(session, { stdout }, controller.signal)).rejects.toThrow(/locked/u);
  expect(session.isClosed).toBe(true);
  expect(getEventListeners(controller.signal, "abort")).toEqual([]);
});

test("sizes of a terminal are let go of at the end", async () => {
  const session = new FakeSession();
  let isReturned = false;
  const resize: AsyncIterable<TerminalSize> = {
    [Symbol.asyncIterator]: () => ({
      next: () => new Promise(() => undefined),
      return: async () => {
        isReturned = true;
        return { done: true, value: undefined };
      },
    }),
  };
  const result = conversation(session, { stdout: new PassThrough(), resize });
  session.say("stdout", "", true);
  session.say("error", success, true);
  await result;
  await settle();
  expect(isReturned).toBe(true);
});

test("what is wrong with a last word is told with its place", async () => {
  const session = new FakeSession();
  const result = conversation(session, { stdout: new PassThrough() });
  session.say("stdout", "", true);
  session.say("error", "no status", true);
  await expect(result).rejects.toMatchObject({ code: "malformed-answer", ...where });
});
