import { Duplex } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { SpdyConnection } from "../../../../src/streaming/spdy/connection.ts";
import { FrameDecoder } from "../../../../src/streaming/spdy/decoder.ts";
import { encodeFrame, initialWindowSize, type Frame } from "../../../../src/streaming/spdy/frame.ts";
import { createHeaderCodec } from "../../../../src/streaming/spdy/headers.ts";

/** A server's end of a socket, made by hand: what a real one cannot be made to do. */
function fakeServer(): {
  readonly socket: Duplex;
  readonly seen: Frame[];
  readonly say: (frame: Frame) => void;
  readonly hangUp: () => void;
} {
  const [ours, theirs] = [createHeaderCodec(), createHeaderCodec()];
  const decoder = new FrameDecoder(theirs);
  const seen: Frame[] = [];
  const socket = new Duplex({
    read() {},
    write(chunk: Uint8Array, _encoding, done) {
      seen.push(...decoder.push(chunk));
      done();
    },
  });
  return {
    socket,
    seen,
    say: (frame) => void socket.push(encodeFrame(frame, ours)),
    hangUp: () => void socket.push(null),
  };
}

const sentOn = (frames: readonly Frame[], id: number): number =>
  frames.reduce((sum, frame) => sum + (frame.type === "data" && frame.streamId === id ? frame.bytes.length : 0), 0);

async function settle(): Promise<void> {
  for (let at = 0; at < 10; at++) await turn();
}

/** Reads the connection as its owner has to. */
function reading(connection: SpdyConnection): { readonly frames: Frame[]; readonly done: Promise<void> } {
  const frames: Frame[] = [];
  const read = async (): Promise<void> => {
    for await (const frame of connection.frames()) frames.push(frame);
  };
  return { frames, done: read() };
}

test("a server that does not control its flow is sent everything", async () => {
  const { socket, seen } = fakeServer();
  const connection = new SpdyConnection(socket, new Uint8Array());
  const { done } = reading(connection);
  const id = connection.open({ streamtype: "stdin" });
  expect(await connection.write(id, Buffer.alloc(1_000_000))).toBe(true);
  expect(sentOn(seen, id)).toBe(1_000_000);
  connection.close();
  await done.catch(() => undefined);
});

test("a server that controls its flow is sent no more than it allows, of a stream and of all", async () => {
  const { socket, seen, say } = fakeServer();
  const connection = new SpdyConnection(socket, new Uint8Array());
  const { done } = reading(connection);
  say({ type: "settings", settings: [{ id: initialWindowSize, value: 1_000 }] });
  await settle();
  const id = connection.open({ streamtype: "stdin" });
  const written = connection.write(id, Buffer.alloc(100_000));
  await settle();
  expect(sentOn(seen, id)).toBe(1_000);
  say({ type: "window-update", streamId: id, deltaBytes: 500 });
  await settle();
  expect(sentOn(seen, id)).toBe(1_500);
  say({ type: "window-update", streamId: id, deltaBytes: 1_000_000 });
  await settle();
  expect(sentOn(seen, id)).toBe(65_536); // the connection's own window
  say({ type: "window-update", streamId: 0, deltaBytes: 1_000_000 });
  expect(await written).toBe(true);
  expect(sentOn(seen, id)).toBe(100_000);
  connection.close();
  await done.catch(() => undefined);
});

test("a stream that the server has reset takes no more, also in the middle of a write", async () => {
  const { socket, say } = fakeServer();
  const connection = new SpdyConnection(socket, new Uint8Array());
  const { done, frames } = reading(connection);
  say({ type: "settings", settings: [{ id: initialWindowSize, value: 10 }] });
  await settle();
  const id = connection.open({ streamtype: "stdin" });
  const written = connection.write(id, Buffer.alloc(100));
  await settle();
  say({ type: "rst-stream", streamId: id, status: 5 });
  expect(await written).toBe(false);
  expect(await connection.write(id, Buffer.alloc(1))).toBe(false);
  await settle();
  expect(frames).toContainEqual({ type: "rst-stream", streamId: id, status: 5 });
  connection.close();
  await done.catch(() => undefined);
});

test("a ping of the server is answered, and a stream that it opens is refused", async () => {
  const { socket, seen, say, hangUp } = fakeServer();
  const { done } = reading(new SpdyConnection(socket, new Uint8Array()));
  say({ type: "ping", id: 2 });
  say({ type: "syn-stream", streamId: 2, headers: {}, isLast: false });
  hangUp();
  await done;
  expect(seen).toContainEqual({ type: "ping", id: 2 });
  expect(seen).toContainEqual({ type: "rst-stream", streamId: 2, status: 3 });
});

test("a server that takes our word for how much was taken is told; one that does not is told nothing", async () => {
  for (const controls of [true, false]) {
    const { socket, seen, say, hangUp } = fakeServer();
    const connection = new SpdyConnection(socket, new Uint8Array());
    const { done } = reading(connection);
    const id = connection.open({ streamtype: "stdout" });
    if (controls) say({ type: "window-update", streamId: 0, deltaBytes: 1 });
    for (let at = 0; at < 5; at++) say({ type: "data", streamId: id, bytes: Buffer.alloc(16_000_000), isLast: false });
    hangUp();
    await done;
    const told = seen.filter((frame) => frame.type === "window-update");
    // The first opens the window as wide as it goes: what comes here is far from using it up.
    expect(told).toEqual([{ type: "window-update", streamId: 0, deltaBytes: 0x7fffffff - 65_536 }]);
  }
});

test("a connection that ends within a frame is lost; one that ends between frames has ended", async () => {
  const { socket, hangUp } = fakeServer();
  const { done } = reading(new SpdyConnection(socket, new Uint8Array()));
  socket.push(Buffer.from([0x80, 3, 0]));
  hangUp();
  await expect(done).rejects.toMatchObject({ code: "connection-lost" });
});

test("what came right behind the answer to the upgrade is read first", async () => {
  const { socket, hangUp } = fakeServer();
  const head = encodeFrame({ type: "syn-reply", streamId: 1, headers: {}, isLast: false }, createHeaderCodec());
  const { done, frames } = reading(new SpdyConnection(socket, head));
  hangUp();
  await done;
  expect(frames).toEqual([{ type: "syn-reply", streamId: 1, headers: {}, isLast: false }]);
});

test("when writing fails, what has been received is still read to its end", async () => {
  const codec = createHeaderCodec();
  const answer = encodeFrame({ type: "data", streamId: 1, bytes: Buffer.from("last word"), isLast: true }, codec);
  let fails = false;
  const socket = new Duplex({
    read() {},
    write(_chunk, _encoding, done) {
      done(fails ? Object.assign(new Error("write EPIPE"), { code: "EPIPE" }) : null);
    },
  });
  const connection = new SpdyConnection(socket, new Uint8Array());
  const id = connection.open({ streamtype: "stdin" });
  fails = true;
  socket.push(answer);
  socket.push(null);
  await connection.write(id, Buffer.from("nobody reads this"));
  expect(await connection.write(id, Buffer.from("nor this"))).toBe(false);
  const { frames, done } = reading(connection);
  await done;
  expect(frames).toMatchObject([{ type: "data", isLast: true }]);
});
