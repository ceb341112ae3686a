import fc from "fast-check";
import { expect, test } from "vitest";
import { Flag, frame, FrameType } from "../../../../src/rpc/http2/frames.ts";
import { headersFrame, numbers, open, Peer, settingsFrame } from "./peer.ts";

/** What a server says when all goes well, to three calls. */
const transcript = Buffer.concat([
  settingsFrame([3, 100], [4, 70_000], [5, 16_384]),
  frame(FrameType.SETTINGS, Flag.ACK, 0, Buffer.alloc(0)),
  numbers(FrameType.WINDOW_UPDATE, 0, 100_000),
  ...[1, 3, 5].flatMap((id) => [
    headersFrame(id, [
      [":status", "200"],
      ["content-type", "application/grpc"],
    ]),
    frame(FrameType.DATA, 0, id, Buffer.from([0, 0, 0, 0, 2, 10, 0])),
    frame(FrameType.PING, 0, 0, Buffer.alloc(8)),
    headersFrame(id, [["grpc-status", "0"]], Flag.END_STREAM),
    numbers(FrameType.RST_STREAM, id, 0),
  ]),
  numbers(FrameType.GOAWAY, 0, 5, 0),
]);

/** Some bytes of it changed, some cut out, and something put in. */
const garbled = fc
  .record({
    changes: fc.array(fc.tuple(fc.nat(transcript.length - 1), fc.nat(255)), { maxLength: 6 }),
    cut: fc.tuple(fc.nat(transcript.length), fc.nat(12)),
    put: fc.tuple(fc.nat(transcript.length), fc.uint8Array({ maxLength: 12 })),
  })
  .map(({ changes, cut: [from, length], put: [at, bytes] }) => {
    const copy = Buffer.from(transcript);
    for (const [index, byte] of changes) copy[index] = byte;
    const shorter = Buffer.concat([copy.subarray(0, from), copy.subarray(from + length)]);
    return Buffer.concat([shorter.subarray(0, at), bytes, shorter.subarray(at)]);
  });

/** Whatever is said, in whatever pieces, each stream ends once and nothing is told of it after that. */
function survives(said: Buffer, size: number): void {
  const peer = new Peer();
  const told = [open(peer), open(peer), open(peer)];
  for (const { stream } of told) void stream.write(Buffer.alloc(80_000), true);
  for (let at = 0; at < said.length; at += size) peer.say(said.subarray(at, at + size));
  peer.hangUp();
  for (const { events } of told) {
    expect(events.filter((event) => typeof event === "number")).toHaveLength(1);
    expect(typeof events.at(-1)).toBe("number");
  }
  expect(peer.connection.isUsable).toBe(false);
}

test("a server that says what it wants breaks no more than its connection", () => {
  fc.assert(
    fc.property(garbled, fc.integer({ min: 1, max: 200 }), (said, size) => survives(said, size)),
    { numRuns: 3_000 },
  );
});

test("so does one that says anything behind its settings", () => {
  const anything = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.concat([settingsFrame(), bytes]));
  fc.assert(
    fc.property(anything, fc.integer({ min: 1, max: 50 }), (said, size) => survives(said, size)),
    { numRuns: 2_000 },
  );
});
