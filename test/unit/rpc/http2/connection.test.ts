// What the other side may say, and what it must not: each frame by hand.
import { afterEach, expect, test, vi } from "vitest";
import { ErrorCode } from "../../../../src/rpc/http2/error-code.ts";
import { Flag, frame, FrameType } from "../../../../src/rpc/http2/frames.ts";
import { encodeHeaders } from "../../../../src/rpc/http2/header-encoder.ts";
import type { Http2Stream } from "../../../../src/rpc/http2/stream.ts";
import { headersFrame, numbers, open, Peer, settled, settingsFrame } from "./peer.ts";

const windowBytes = 8 * 1024 * 1024;
const headerTableSize = 1;
const maxConcurrentStreams = 3;
const initialWindowSize = 4;
const maxFrameSize = 5;

const data = (streamId: number, bytes: Uint8Array | string, flags = 0): Buffer =>
  frame(FrameType.DATA, flags, streamId, Buffer.from(bytes));

afterEach(() => vi.useRealTimers());

test("it begins with the preface, its settings and a window, and a stream goes with them", async () => {
  const peer = new Peer();
  open(peer);
  await settled();
  expect(peer.preface.toString()).toBe("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  expect(peer.frames.map(({ type, streamId }) => [type, streamId])).toEqual([
    [FrameType.SETTINGS, 0],
    [FrameType.WINDOW_UPDATE, 0],
    [FrameType.HEADERS, 1],
  ]);
  const [settings, window] = peer.frames;
  expect([...settings!.payload]).toEqual([0, 2, 0, 0, 0, 0, 0, 4, 0, 0x80, 0, 0]); // nothing is pushed, 8 MiB
  expect(window!.payload.readUInt32BE()).toBe(windowBytes - 65_535);
});

test("settings and pings are answered, and their answers are not", async () => {
  const peer = new Peer();
  peer.greet();
  peer.say(
    frame(FrameType.PING, 0, 0, Buffer.from("12345678")),
    frame(FrameType.PING, Flag.ACK, 0, Buffer.from("87654321")),
    frame(FrameType.SETTINGS, Flag.ACK, 0, Buffer.alloc(0)),
  );
  const [own, answer, ...others] = await peer.sent(FrameType.SETTINGS);
  expect([own!.flags, answer!.flags, answer!.payload.length, others.length]).toEqual([0, Flag.ACK, 0, 0]);
  const pongs = await peer.sent(FrameType.PING);
  expect(pongs.map(({ flags, payload }) => [flags, payload.toString()])).toEqual([[Flag.ACK, "12345678"]]);
  await expect(peer.connection.greeted).resolves.toBe(true);
});

test("an answer is its head, its data without padding, and its trailers", () => {
  const peer = new Peer();
  const { events, stream } = open(peer);
  void stream.write(Buffer.from("?"), true);
  peer.greet();
  peer.say(
    headersFrame(1, [[":status", "103"]]), // not the answer yet
    headersFrame(1, [[":status", "200"]]),
    data(1, "\u0002hi\0\0", Flag.PADDED),
    data(1, ""),
    headersFrame(1, [["grpc-status", "0"]], Flag.END_STREAM),
    headersFrame(1, [["late", "1"]]), // of a stream that is over: it counts for the table alone
    data(1, "late"),
    numbers(FrameType.RST_STREAM, 1, ErrorCode.NO_ERROR),
    numbers(FrameType.WINDOW_UPDATE, 1, 5),
  );
  expect(events).toEqual([{ ":status": "200" }, "hi", { "grpc-status": "0" }, ErrorCode.NO_ERROR]);
  expect(peer.connection.isGone).toBe(false);
});

test("headers may come in several frames, with nothing between", () => {
  const block = encodeHeaders([
    [":status", "200"],
    ["x", "y".repeat(100)],
  ]);
  const peer = new Peer();
  const { events } = open(peer);
  peer.greet();
  peer.say(
    frame(FrameType.HEADERS, Flag.END_STREAM, 1, block.subarray(0, 3)),
    frame(FrameType.CONTINUATION, 0, 1, block.subarray(3, 50)),
  );
  expect(events).toEqual([]);
  peer.say(frame(FrameType.CONTINUATION, Flag.END_HEADERS, 1, block.subarray(50)));
  expect(events).toEqual([{ ":status": "200", x: "y".repeat(100) }, ErrorCode.NO_ERROR]);
});

test("headers that are longer than a frame are sent in several", async () => {
  const peer = new Peer();
  open(peer, [["x", "y".repeat(40_000)]]);
  await settled();
  const parts = peer.frames.filter(({ streamId }) => streamId === 1);
  expect(parts.map(({ type, flags, payload }) => [type, flags, payload.length])).toEqual([
    [FrameType.HEADERS, 0, 16_384],
    [FrameType.CONTINUATION, 0, 16_384],
    [FrameType.CONTINUATION, Flag.END_HEADERS, 40_008 - 2 * 16_384],
  ]);
});

test.each([
  ["anything before its settings", [frame(FrameType.PING, 0, 0, Buffer.alloc(8))], "PROTOCOL_ERROR"],
  ["an answer to settings before its own", [frame(FrameType.SETTINGS, Flag.ACK, 0, Buffer.alloc(0))], "PROTOCOL_ERROR"],
  ["another protocol", [Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n")], "FRAME_SIZE_ERROR"],
  ["half a setting", [frame(FrameType.SETTINGS, 0, 0, Buffer.alloc(7))], "FRAME_SIZE_ERROR"],
  ["settings of a stream", [frame(FrameType.SETTINGS, 0, 1, Buffer.alloc(0))], "PROTOCOL_ERROR"],
  ["a window that is too large", [settingsFrame([initialWindowSize, 2 ** 31])], "FLOW_CONTROL_ERROR"],
  ["frames that are too small", [settingsFrame([maxFrameSize, 16_383])], "PROTOCOL_ERROR"],
  ["frames that are too large", [settingsFrame([maxFrameSize, 2 ** 24])], "PROTOCOL_ERROR"],
  ["a push", [settingsFrame(), frame(FrameType.PUSH_PROMISE, 0, 1, Buffer.alloc(4))], "PROTOCOL_ERROR"],
  ["data of no stream", [settingsFrame(), data(0, "x")], "PROTOCOL_ERROR"],
  ["data of a stream that nobody opened", [settingsFrame(), data(3, "x")], "PROTOCOL_ERROR"],
  ["data of a stream of its own", [settingsFrame(), data(2, "x")], "PROTOCOL_ERROR"],
  ["headers of no stream", [settingsFrame(), headersFrame(0, [])], "PROTOCOL_ERROR"],
  ["the end of no stream", [settingsFrame(), numbers(FrameType.RST_STREAM, 0, 0)], "PROTOCOL_ERROR"],
  [
    "half the end of a stream",
    [settingsFrame(), frame(FrameType.RST_STREAM, 0, 1, Buffer.alloc(3))],
    "FRAME_SIZE_ERROR",
  ],
  [
    "more than the end of a stream",
    [settingsFrame(), frame(FrameType.RST_STREAM, 0, 1, Buffer.alloc(5))],
    "FRAME_SIZE_ERROR",
  ],
  ["half a ping", [settingsFrame(), frame(FrameType.PING, 0, 0, Buffer.alloc(7))], "FRAME_SIZE_ERROR"],
  ["more than a ping", [settingsFrame(), frame(FrameType.PING, 0, 0, Buffer.alloc(9))], "FRAME_SIZE_ERROR"],
  ["half a goodbye", [settingsFrame(), frame(FrameType.GOAWAY, 0, 0, Buffer.alloc(7))], "FRAME_SIZE_ERROR"],
  ["a window that does not grow", [settingsFrame(), numbers(FrameType.WINDOW_UPDATE, 1, 0)], "PROTOCOL_ERROR"],
  [
    "a window of the connection that is too large",
    [
      settingsFrame(),
      numbers(FrameType.WINDOW_UPDATE, 0, 2 ** 31 - 1),
      numbers(FrameType.WINDOW_UPDATE, 0, 2 ** 31 - 1),
    ],
    "FLOW_CONTROL_ERROR",
  ],
  [
    "a window of a stream that is too large",
    [
      settingsFrame(),
      numbers(FrameType.WINDOW_UPDATE, 1, 2 ** 31 - 1),
      numbers(FrameType.WINDOW_UPDATE, 1, 2 ** 31 - 1),
    ],
    "FLOW_CONTROL_ERROR",
  ],
  [
    "a window that its settings make too large",
    [
      settingsFrame(),
      numbers(FrameType.WINDOW_UPDATE, 1, 2 ** 30),
      settingsFrame([initialWindowSize, 2 ** 30 + 65_535]),
    ],
    "FLOW_CONTROL_ERROR",
  ],
  [
    "headers that cannot be read",
    [settingsFrame(), frame(FrameType.HEADERS, Flag.END_HEADERS, 1, Buffer.from([0xbe]))],
    "COMPRESSION_ERROR",
  ],
  [
    "headers that go on without a start",
    [settingsFrame(), frame(FrameType.CONTINUATION, Flag.END_HEADERS, 1, Buffer.alloc(0))],
    "PROTOCOL_ERROR",
  ],
  [
    "headers that stop for something else",
    [settingsFrame(), frame(FrameType.HEADERS, 0, 1, Buffer.alloc(0)), frame(FrameType.PING, 0, 0, Buffer.alloc(8))],
    "PROTOCOL_ERROR",
  ],
  [
    "headers that stop for data of their stream",
    [settingsFrame(), frame(FrameType.HEADERS, 0, 1, Buffer.alloc(0)), data(1, "x")],
    "PROTOCOL_ERROR",
  ],
  [
    "headers that go on in another stream",
    [
      settingsFrame(),
      frame(FrameType.HEADERS, 0, 1, Buffer.alloc(0)),
      frame(FrameType.CONTINUATION, 0, 3, Buffer.alloc(0)),
    ],
    "PROTOCOL_ERROR",
  ],
  [
    "headers without an end",
    [
      settingsFrame(),
      frame(FrameType.HEADERS, 0, 1, Buffer.alloc(16_384)),
      ...Array.from({ length: 64 }, () => frame(FrameType.CONTINUATION, 0, 1, Buffer.alloc(16_384))),
    ],
    "ENHANCE_YOUR_CALM",
  ],
  [
    "headers without an end, and without anything in them",
    [
      settingsFrame(),
      frame(FrameType.HEADERS, 0, 1, Buffer.alloc(0)),
      ...Array.from({ length: 120_000 }, () => frame(FrameType.CONTINUATION, 0, 1, Buffer.alloc(0))),
    ],
    "ENHANCE_YOUR_CALM",
  ],
] as const)("a side that says %s is told so and left, and no call waits for it", async (_, parts, name) => {
  const peer = new Peer();
  const { events, stream } = open(peer);
  const sending = stream.write(Buffer.alloc(1_000_000));
  peer.say(...parts);
  const [goaway] = await peer.sent(FrameType.GOAWAY);
  expect(goaway?.payload.readUInt32BE(4)).toBe(ErrorCode[name]);
  expect(peer.doings).toContain("destroy");
  expect(peer.connection).toMatchObject({ isGone: true, isUsable: false, failure: { code: ErrorCode[name] } });
  expect(events).toEqual([ErrorCode.NO_ERROR]);
  await sending;
  await stream.write(Buffer.from("more"));
  peer.say(settingsFrame());
  expect(events).toHaveLength(1);
});

test.each([
  ["pings", frame(FrameType.PING, 0, 0, Buffer.alloc(8))],
  ["settings", settingsFrame()],
])("a side that sends %s without end and reads no answer is left; one that reads them is not", async (_, part) => {
  const peer = new Peer();
  peer.greet();
  for (let count = 0; count < 5_000; count++) {
    peer.say(part);
    await Promise.resolve();
  }
  peer.unreadBytes = 1;
  await settled();
  for (let count = 0; count < 900; count++) peer.say(part);
  await settled();
  expect(peer.connection.isGone).toBe(false);
  for (let count = 0; count < 200; count++) peer.say(part);
  const [goaway] = await peer.sent(FrameType.GOAWAY);
  expect(goaway?.payload.readUInt32BE(4)).toBe(ErrorCode.ENHANCE_YOUR_CALM);
  expect(peer.connection.isGone).toBe(true);
});

test("frames that nobody knows are passed over", () => {
  const peer = new Peer();
  const { events } = open(peer);
  peer.greet([99, 1]);
  peer.say(frame(2, 0, 1, Buffer.alloc(5)), frame(0xfa, 0xff, 7, Buffer.from("anything")));
  expect(peer.connection.isUsable).toBe(true);
  expect(events).toEqual([]);
});

test("only so many streams are open at once as the other side takes; the others have their turn", async () => {
  const peer = new Peer();
  const opened = Array.from({ length: 3 }, () => open(peer));
  peer.greet([maxConcurrentStreams, 3]);
  const later = [open(peer), open(peer), open(peer)];
  expect(await peer.sent(FrameType.HEADERS)).toHaveLength(3);
  later[1]!.stream.reset(ErrorCode.CANCEL); // given up before its turn: nobody hears of it
  opened[0]!.stream.reset(ErrorCode.CANCEL);
  expect((await peer.sent(FrameType.HEADERS)).map(({ streamId }) => streamId)).toEqual([1, 3, 5, 7]);
  peer.say(settingsFrame([maxConcurrentStreams, 4]));
  expect((await peer.sent(FrameType.HEADERS)).map(({ streamId }) => streamId)).toEqual([1, 3, 5, 7, 9]);
  expect(await peer.sent(FrameType.RST_STREAM)).toHaveLength(1);
  peer.say(settingsFrame()); // which says nothing of it
  open(peer);
  expect(await peer.sent(FrameType.HEADERS)).toHaveLength(5);
});

test("a stream that waits for its turn sends nothing, not even an end", async () => {
  const peer = new Peer();
  const { stream } = open(peer);
  peer.greet([maxConcurrentStreams, 1]);
  void open(peer).stream.write(Buffer.alloc(0), true);
  expect(await peer.sent(FrameType.DATA)).toEqual([]);
  stream.reset(ErrorCode.CANCEL);
  expect(await peer.sent(FrameType.DATA)).toMatchObject([{ streamId: 3, flags: Flag.END_STREAM }]);
});

test("a stream that is given up where something is told tells nothing more, and asks for nothing more", async () => {
  const peer = new Peer();
  const events: string[] = [];
  const giveUp = (name: string, other?: () => Http2Stream): Http2Stream => {
    const stream: Http2Stream = peer.connection.request([], {
      onHeaders: () => undefined,
      onData: () => (events.push(`${name} data`), stream.reset(ErrorCode.CANCEL)),
      onEnd: () => (events.push(`${name} end`), other?.().reset(ErrorCode.CANCEL)),
    });
    return stream;
  };
  giveUp("one");
  giveUp("two", () => three);
  const three = giveUp("three", () => three);
  peer.greet();
  peer.say(data(1, "x", Flag.END_STREAM));
  peer.hangUp();
  expect(events).toEqual(["one data", "two end"]);
});

test("before the other side has said how many it takes, no more than a hundred are opened", async () => {
  const peer = new Peer();
  for (let count = 0; count < 150; count++) open(peer);
  expect(await peer.sent(FrameType.HEADERS)).toHaveLength(100);
  peer.greet();
  expect(await peer.sent(FrameType.HEADERS)).toHaveLength(150);
});

/** How many bytes of DATA each stream has sent. */
async function sentBytes(peer: Peer): Promise<Record<number, number>> {
  const sums: Record<number, number> = {};
  for (const { streamId, payload } of await peer.sent(FrameType.DATA)) {
    sums[streamId] = (sums[streamId] ?? 0) + payload.length;
  }
  return sums;
}

test("no more is sent than a stream's window and the connection's have room for", async () => {
  const peer = new Peer();
  peer.greet([initialWindowSize, 50_000]);
  const first = open(peer);
  const second = open(peer);
  let isSent = false;
  void first.stream.write(Buffer.alloc(60_000)).then(() => (isSent = true));
  void second.stream.write(Buffer.alloc(60_000), true);
  expect(await sentBytes(peer)).toEqual({ 1: 50_000, 3: 15_535 }); // 65,535 in all
  peer.say(numbers(FrameType.WINDOW_UPDATE, 1, 20_000));
  expect(await sentBytes(peer)).toEqual({ 1: 50_000, 3: 15_535 });
  expect(isSent).toBe(false);
  peer.say(numbers(FrameType.WINDOW_UPDATE, 0, 30_000));
  expect(await sentBytes(peer)).toEqual({ 1: 60_000, 3: 35_535 });
  expect(isSent).toBe(true);
  peer.say(numbers(FrameType.WINDOW_UPDATE, 0, 100_000));
  expect(await sentBytes(peer)).toEqual({ 1: 60_000, 3: 50_000 });
  peer.say(settingsFrame([initialWindowSize, 40_000])); // 10,000 less than it has sent
  peer.say(numbers(FrameType.WINDOW_UPDATE, 3, 2 ** 31 + 10_000)); // the bit above the number is passed over
  expect(await sentBytes(peer)).toEqual({ 1: 60_000, 3: 50_000 });
  peer.say(settingsFrame([initialWindowSize, 50_000]));
  expect(await sentBytes(peer)).toEqual({ 1: 60_000, 3: 60_000 });
  const sent = await peer.sent(FrameType.DATA);
  expect(sent.at(-1)).toMatchObject({ streamId: 3, flags: Flag.END_STREAM });
  expect(sent.filter(({ flags }) => flags !== 0)).toHaveLength(1);
});

test("streams take turns where the connection's window is short", async () => {
  const peer = new Peer();
  peer.greet([initialWindowSize, 2 ** 24]);
  const told = [open(peer), open(peer)];
  for (const { stream } of told) void stream.write(Buffer.alloc(1024 * 1024));
  peer.say(numbers(FrameType.WINDOW_UPDATE, 0, 160 * 1024));
  const { 1: first = 0, 3: second = 0 } = await sentBytes(peer);
  expect(second).toBe(80 * 1024);
  expect(first).toBe(65_535 + 80 * 1024);
});

test("they do so also where there is room for no more than one frame each time, as Go's servers have it", async () => {
  const peer = new Peer();
  peer.greet([initialWindowSize, 2 ** 24]);
  const told = [open(peer), open(peer), open(peer)];
  for (const { stream } of told) void stream.write(Buffer.alloc(1024 * 1024));
  for (let count = 0; count < 9; count++) peer.say(numbers(FrameType.WINDOW_UPDATE, 0, 16_384));
  expect(await sentBytes(peer)).toEqual({ 1: 65_535 + 3 * 16_384, 3: 3 * 16_384, 5: 3 * 16_384 });
});

test("frames are as long as the other side takes", async () => {
  const peer = new Peer();
  peer.greet([maxFrameSize, 2 ** 20], [initialWindowSize, 2 ** 24], [headerTableSize, 0]);
  peer.say(numbers(FrameType.WINDOW_UPDATE, 0, 2 ** 24), settingsFrame());
  void open(peer).stream.write(Buffer.alloc(2 ** 21), true);
  await settled();
  expect(peer.unread).toContain("a frame of 1048576 bytes"); // the peer of this test has not said it to its reader
});

test("an end without data, and bytes of nothing, need no window", async () => {
  const peer = new Peer();
  peer.greet([initialWindowSize, 0]);
  const { stream } = open(peer);
  await stream.write(Buffer.alloc(0));
  await stream.write(Buffer.alloc(0), true);
  const sent = await peer.sent(FrameType.DATA);
  expect(sent.map(({ flags, payload }) => [flags, payload.length])).toEqual([
    [0, 0],
    [Flag.END_STREAM, 0],
  ]);
});

/** Says so many bytes of data. */
function pour(peer: Peer, streamId: number, bytes: number): void {
  const whole = data(streamId, Buffer.alloc(16_384));
  for (let left = bytes; left > 0; left -= 16_384)
    peer.say(left >= 16_384 ? whole : data(streamId, Buffer.alloc(left)));
}

test("the other side is told to go on when half of a window is used, the stream's only while it is read", async () => {
  const peer = new Peer();
  const read = open(peer);
  const paused = open(peer);
  peer.greet();
  for (const id of [1, 3]) peer.say(headersFrame(id, [[":status", "200"]]));
  paused.stream.pause();
  pour(peer, 1, windowBytes / 2);
  pour(peer, 3, windowBytes / 2);
  const [, ...told] = await peer.sent(FrameType.WINDOW_UPDATE); // the first is the greeting's
  expect(told.map(({ streamId, payload }) => [streamId, payload.readUInt32BE()])).toEqual([
    [1, windowBytes / 2],
    [0, windowBytes / 2],
    [0, windowBytes / 2],
  ]);
  paused.stream.resume();
  expect((await peer.sent(FrameType.WINDOW_UPDATE)).at(-1)).toMatchObject({ streamId: 3 });
  expect(read.events.length).toBe(paused.events.length);
});

test("data beyond a window ends the connection", async () => {
  const peer = new Peer();
  const { events, stream } = open(peer);
  stream.pause();
  peer.greet();
  pour(peer, 1, windowBytes);
  expect(peer.connection.isGone).toBe(false);
  pour(peer, 1, 1);
  expect(peer.connection).toMatchObject({ isGone: true, failure: { code: ErrorCode.FLOW_CONTROL_ERROR } });
  expect(events.at(-1)).toBe(ErrorCode.NO_ERROR);
});

test("data of streams that are over counts for the connection", async () => {
  const peer = new Peer();
  const { stream } = open(peer);
  open(peer);
  peer.greet();
  stream.reset(ErrorCode.CANCEL);
  pour(peer, 1, 3 * windowBytes);
  expect(peer.connection.isGone).toBe(false);
  expect((await peer.sent(FrameType.WINDOW_UPDATE)).filter(({ streamId }) => streamId === 0)).toHaveLength(7);
});

test("a side that takes no more finishes what it has looked at, and the rest is refused", async () => {
  const peer = new Peer();
  const told = [open(peer), open(peer), open(peer)];
  peer.greet([maxConcurrentStreams, 2]);
  const waiting = open(peer);
  peer.say(numbers(FrameType.GOAWAY, 0, 2 ** 31 - 1, ErrorCode.NO_ERROR)); // it is about to
  expect(peer.connection).toMatchObject({ isUsable: false, isGone: false });
  expect(told.map(({ events }) => events)).toEqual([[], [], []]);
  expect(waiting.events).toEqual([ErrorCode.REFUSED_STREAM]);
  peer.say(numbers(FrameType.GOAWAY, 0, 3, ErrorCode.NO_ERROR));
  expect(told.map(({ events }) => events)).toEqual([[], [], [ErrorCode.REFUSED_STREAM]]);
  for (const id of [1, 3]) {
    void told[(id - 1) / 2]!.stream.write(Buffer.alloc(0), true);
    peer.say(headersFrame(id, [[":status", "200"]], Flag.END_STREAM));
  }
  expect(told[1]!.events).toEqual([{ ":status": "200" }, ErrorCode.NO_ERROR]);
  expect(peer.doings).toEqual(["unref", "end"]);
});

test("why the other side ends the connection is known, with what it says", () => {
  const peer = new Peer();
  const { events } = open(peer);
  peer.greet();
  const payload = Buffer.alloc(8);
  payload.writeUInt32BE(1, 0);
  payload.writeUInt32BE(ErrorCode.ENHANCE_YOUR_CALM, 4);
  peer.say(frame(FrameType.GOAWAY, 0, 0, Buffer.concat([payload, Buffer.from("too_many_pings")])));
  peer.hangUp();
  expect(peer.connection.failure?.message).toContain("ENHANCE_YOUR_CALM too_many_pings");
  expect(events).toEqual([ErrorCode.NO_ERROR]);
});

test("a stream that the other side resets is over, and one that is reset from here tells nothing more", async () => {
  const peer = new Peer();
  const reset = open(peer);
  const left = open(peer);
  peer.greet();
  peer.say(numbers(FrameType.RST_STREAM, 1, ErrorCode.INTERNAL_ERROR));
  left.stream.reset(ErrorCode.CANCEL);
  left.stream.reset(ErrorCode.CANCEL);
  reset.stream.reset(ErrorCode.CANCEL);
  peer.say(headersFrame(3, [[":status", "200"]], Flag.END_STREAM), numbers(FrameType.RST_STREAM, 3, 0));
  expect(reset.events).toEqual([ErrorCode.INTERNAL_ERROR]);
  expect(left.events).toEqual([]);
  const resets = await peer.sent(FrameType.RST_STREAM);
  expect(resets.map(({ streamId, payload }) => [streamId, payload.readUInt32BE()])).toEqual([[3, ErrorCode.CANCEL]]);
});

test("it keeps the process alive while a stream is open", () => {
  const peer = new Peer();
  const { stream } = open(peer);
  peer.greet();
  expect(peer.doings).toEqual([]);
  stream.reset(ErrorCode.CANCEL);
  expect(peer.doings).toEqual(["unref"]);
  open(peer);
  open(peer);
  expect(peer.doings).toEqual(["unref", "ref"]);
});

test("it does so too while one only waits for its turn", () => {
  const peer = new Peer();
  const { stream } = open(peer);
  peer.greet([maxConcurrentStreams, 0]);
  const waiting = open(peer);
  stream.reset(ErrorCode.CANCEL);
  expect(peer.doings).toEqual([]);
  waiting.stream.reset(ErrorCode.CANCEL);
  expect(peer.doings).toEqual(["unref"]);
});

test("a goodbye is answered at once where nothing is under way", async () => {
  const peer = new Peer();
  const { stream } = open(peer);
  peer.greet();
  stream.reset(ErrorCode.CANCEL);
  peer.say(numbers(FrameType.GOAWAY, 0, 2 ** 31 - 1, ErrorCode.NO_ERROR));
  expect(peer.doings).toEqual(["unref", "end"]);
  expect(await peer.sent(FrameType.GOAWAY)).toHaveLength(1);
});

test("closed, it lets its streams finish and says goodbye; without any it ends at once", async () => {
  const peer = new Peer();
  const { stream } = open(peer);
  peer.greet();
  peer.connection.close();
  expect(peer.doings).toEqual([]);
  stream.reset(ErrorCode.CANCEL);
  expect(peer.frames.at(-1)).toMatchObject({ type: FrameType.GOAWAY }); // before the end, not behind it
  peer.connection.close();
  peer.say(frame(FrameType.PING, 0, 0, Buffer.alloc(8)));
  expect(await peer.sent(FrameType.PING)).toEqual([]);
  expect(peer.doings).toEqual(["unref", "end"]);
  expect((await peer.sent(FrameType.GOAWAY)).map(({ payload }) => payload.readUInt32BE(4))).toEqual([0]);
  peer.hangUp();
  const silent = new Peer();
  silent.connection.close();
  expect(silent.doings).toEqual(["destroy"]);
});

test("a side that says nothing is given up after its time, and one whose calls are given up is not waited for", async () => {
  vi.useFakeTimers();
  const silent = new Peer(1_000);
  const { events } = open(silent);
  vi.advanceTimersByTime(999);
  expect(silent.connection.isGone).toBe(false);
  vi.advanceTimersByTime(1);
  expect(silent.connection).toMatchObject({ isGone: true, isSilent: true });
  expect(events).toEqual([ErrorCode.NO_ERROR]);
  await expect(silent.connection.greeted).resolves.toBe(false);
  silent.greet(); // too late
  expect(silent.connection.isGreeted).toBe(false);

  const left = new Peer(1_000);
  open(left).stream.reset(ErrorCode.CANCEL);
  expect(left.connection).toMatchObject({ isGone: true, isSilent: false });
  expect(left.doings).toEqual(["destroy"]);
  await expect(left.connection.greeted).resolves.toBe(false);
  expect(vi.getTimerCount()).toBe(0);
});

test("what the socket fails with is known, and every stream learns of it", () => {
  const peer = new Peer();
  const { events } = open(peer);
  peer.greet([maxConcurrentStreams, 1]);
  const waiting = open(peer);
  peer.hangUp(new Error("read ECONNRESET"));
  peer.hangUp();
  expect(peer.connection.failure?.message).toBe("read ECONNRESET");
  expect([events, waiting.events]).toEqual([[ErrorCode.NO_ERROR], [ErrorCode.REFUSED_STREAM]]);
});

test("a side that has said goodbye is asked for nothing more, also where a stream makes room for one that waits", async () => {
  const peer = new Peer();
  const told = [open(peer), open(peer)];
  peer.greet([maxConcurrentStreams, 2]);
  const waiting = open(peer);
  peer.say(numbers(FrameType.GOAWAY, 0, 2 ** 31 + 1, ErrorCode.NO_ERROR)); // the bit above the number is passed over
  expect([...told, waiting].map(({ events }) => events)).toEqual([
    [],
    [ErrorCode.REFUSED_STREAM],
    [ErrorCode.REFUSED_STREAM],
  ]);
  expect((await peer.sent(FrameType.HEADERS)).map(({ streamId }) => streamId)).toEqual([1, 3]);
});

test("behind its end a stream sends nothing more", async () => {
  const peer = new Peer();
  peer.greet();
  const { stream } = open(peer);
  await stream.write(Buffer.from("all"), true);
  await stream.write(Buffer.from("more"));
  await stream.write(Buffer.alloc(0), true);
  const sent = await peer.sent(FrameType.DATA);
  expect(sent.map(({ flags, payload }) => [flags, payload.toString()])).toEqual([[Flag.END_STREAM, "all"]]);
});

test("a side that does not hang up after the goodbye does not keep the process alive", () => {
  const peer = new Peer();
  const { stream } = open(peer);
  peer.greet();
  peer.connection.close();
  stream.reset(ErrorCode.CANCEL);
  expect(peer.doings).toEqual(["unref", "end"]);
});

test("headers that are short as they are sent and long as they are read are refused", async () => {
  const peer = new Peer();
  open(peer);
  peer.greet();
  const remembered = Buffer.concat([Buffer.from([0x40, 1, 0x61, 0x7f, 0xa1, 0x1e]), Buffer.alloc(4_000, "v")]);
  peer.say(frame(FrameType.HEADERS, Flag.END_HEADERS, 1, remembered));
  expect(peer.connection.isGone).toBe(false);
  peer.say(frame(FrameType.HEADERS, Flag.END_HEADERS, 1, Buffer.alloc(16_384, 0xbe)));
  expect(peer.connection.failure).toMatchObject({ code: ErrorCode.ENHANCE_YOUR_CALM });
});

test("a stream that is answered before all is sent goes on sending, and is over then", () => {
  const peer = new Peer();
  const { events, stream } = open(peer);
  peer.greet();
  peer.say(headersFrame(1, [[":status", "200"]], Flag.END_STREAM));
  peer.say(headersFrame(1, [["late", "1"]]), data(1, "late"));
  expect(events).toEqual([{ ":status": "200" }, ErrorCode.NO_ERROR]);
  expect(peer.doings).toEqual([]);
  void stream.write(Buffer.from("?"), true);
  expect(peer.doings).toEqual(["unref"]);
});

test("what looks like the answer before the answer is all of it when nothing follows", () => {
  const peer = new Peer();
  const { events } = open(peer);
  peer.greet();
  peer.say(headersFrame(1, [[":status", "103"]], Flag.END_STREAM));
  expect(events).toEqual([{ ":status": "103" }, ErrorCode.NO_ERROR]);
});

test("padding takes room too, and a stream that has ended is not told to go on", async () => {
  const peer = new Peer();
  const padded = open(peer);
  const ended = open(peer);
  peer.greet();
  for (let left = windowBytes / 2; left > 0; left -= 16_384) {
    peer.say(data(1, Buffer.alloc(16_384, 200), Flag.PADDED));
  }
  ended.stream.pause();
  pour(peer, 3, windowBytes / 2);
  peer.say(data(3, "", Flag.END_STREAM));
  ended.stream.resume();
  expect(String(padded.events[0]).length).toBe(16_384 - 1 - 200);
  const [, ...told] = await peer.sent(FrameType.WINDOW_UPDATE);
  expect(told.filter(({ streamId }) => streamId !== 0)).toMatchObject([{ streamId: 1 }]);
});

test("settings as large and as small as they may be are taken", () => {
  const peer = new Peer();
  peer.greet([initialWindowSize, 2 ** 31 - 1], [maxFrameSize, 16_384]);
  peer.say(settingsFrame([initialWindowSize, 0], [maxFrameSize, 2 ** 24 - 1]));
  expect(peer.connection).toMatchObject({ isUsable: true, failure: undefined });
});
