import fc from "fast-check";
import { expect, test } from "vitest";
import { Flag, frame, type Frame, FrameReader, FrameType, unpadded } from "../../../../src/rpc/http2/frames.ts";

const anyFrame = fc.record({
  type: fc.integer({ min: 0, max: 255 }),
  flags: fc.integer({ min: 0, max: 255 }),
  streamId: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
  payload: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
});

test("frames are the same in whatever pieces they arrive", () => {
  fc.assert(
    fc.property(fc.array(anyFrame), fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1 }), (frames, sizes) => {
      const bytes = Buffer.concat(
        frames.map(({ type, flags, streamId, payload }) => frame(type, flags, streamId, payload)),
      );
      const reader = new FrameReader();
      const seen: Frame[] = [];
      for (let at = 0, turn = 0; at < bytes.length; turn++) {
        const size = sizes[turn % sizes.length] ?? 1;
        reader.push(bytes.subarray(at, at + size), (each) =>
          seen.push({ ...each, payload: Buffer.from(each.payload) }),
        );
        at += size;
      }
      expect(seen).toEqual(frames);
    }),
  );
});

test("the bit above a stream's number is passed over", () => {
  const bytes = frame(FrameType.PING, 0, 0, Buffer.alloc(8));
  bytes[5] = 0x80;
  const seen: number[] = [];
  new FrameReader().push(bytes, ({ streamId }) => seen.push(streamId));
  expect(seen).toEqual([0]);
});

test("a frame that is too long is refused by its head, before it is there", () => {
  const head = Buffer.from([0, 0x40, 1, 0, 0, 0, 0, 0, 1]);
  expect(() => new FrameReader().push(head, () => undefined)).toThrow("16385 bytes");
  expect(() => new FrameReader().push(Buffer.from("HTTP/1.1 400 Bad Request"), () => undefined)).toThrow("bytes");
  const pieces = new FrameReader();
  pieces.push(head.subarray(0, 5), () => undefined);
  expect(() => pieces.push(head.subarray(5), () => undefined)).toThrow("16385 bytes");
});

const padded = (type: number, flags: number, payload: readonly number[]): Frame => ({
  type,
  flags,
  streamId: 1,
  payload: Buffer.from(payload),
});

test.each([
  ["nothing beside it", FrameType.DATA, 0, [1, 2], [1, 2]],
  ["padding", FrameType.DATA, Flag.PADDED, [2, 7, 0, 0], [7]],
  ["padding alone", FrameType.DATA, Flag.PADDED, [1, 0], []],
  ["priority", FrameType.HEADERS, Flag.PRIORITY, [0, 0, 0, 0, 16, 7], [7]],
  ["both", FrameType.HEADERS, Flag.PRIORITY | Flag.PADDED, [1, 0, 0, 0, 0, 16, 7, 0], [7]],
  ["a bit that means priority in HEADERS alone", FrameType.DATA, Flag.PRIORITY, [1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6]],
])("a payload with %s", (_, type, flags, payload, content) => {
  expect([...unpadded(padded(type, flags, payload))]).toEqual(content);
});

test.each([
  ["more padding than payload", FrameType.DATA, Flag.PADDED, [3, 7, 0]],
  ["no room for the length of its padding", FrameType.DATA, Flag.PADDED, []],
  ["half a priority", FrameType.HEADERS, Flag.PRIORITY, [0, 0, 0]],
])("a payload with %s is refused", (_, type, flags, payload) => {
  expect(() => unpadded(padded(type, flags, payload))).toThrow("padding");
});
