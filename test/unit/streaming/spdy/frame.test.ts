import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MalformedAnswerError } from "../../../../src/errors.ts";
import { FrameDecoder } from "../../../../src/streaming/spdy/decoder.ts";
import { encodeFrame, type Frame } from "../../../../src/streaming/spdy/frame.ts";
import { createHeaderCodec } from "../../../../src/streaming/spdy/headers.ts";

/** What went over the wire between crikit and a containerd, after the upgrade, as base64. */
interface Recording {
  readonly containerd: string;
  readonly what: string;
  readonly sent: string;
  readonly received: string;
}

const recordings = JSON.parse(readFileSync("test/fixtures/streaming/spdy.json", "utf8")) as readonly Recording[];

function decode(bytes: Uint8Array, pieceBytes = bytes.length): readonly Frame[] {
  const decoder = new FrameDecoder(createHeaderCodec());
  const frames: Frame[] = [];
  for (let at = 0; at < bytes.length; at += pieceBytes)
    frames.push(...decoder.push(bytes.subarray(at, at + pieceBytes)));
  expect(decoder.isBetweenFrames).toBe(true);
  return frames;
}

/** The text of a stream, and how it ended. */
function textOf(frames: readonly Frame[], wanted: number): string {
  return frames
    .map((frame) =>
      frame.type === "data" && frame.streamId === wanted ? Buffer.from(frame.bytes).toString("latin1") : "",
    )
    .join("");
}

/** Numbers of the streams by their `streamtype`. */
function streamsIn(frames: readonly Frame[]): Readonly<Record<string, number>> {
  return Object.fromEntries(
    frames.flatMap((frame) =>
      frame.type === "syn-stream" ? [[frame.headers["streamtype"] ?? "", frame.streamId] as const] : [],
    ),
  );
}

describe.each(recordings)("$what, recorded with containerd $containerd", ({ what, sent, received }) => {
  const up = decode(Buffer.from(sent, "base64"));
  const down = decode(Buffer.from(received, "base64"));
  const streams = streamsIn(up);

  test("reads the same byte by byte", () => {
    const joined = (frames: readonly Frame[]): unknown => [
      frames.filter(({ type }) => type !== "data"),
      ...Object.values(streams).map((id) => textOf(frames, id)),
    ];
    expect(joined(decode(Buffer.from(received, "base64"), 1))).toEqual(joined(down));
    expect(joined(decode(Buffer.from(sent, "base64"), 3))).toEqual(joined(up));
  });

  test("answers every stream that was opened, with empty headers", () => {
    const replies = down.filter(({ type }) => type === "syn-reply");
    const answered = new Set(replies.map((frame) => ("streamId" in frame ? frame.streamId : 0)));
    expect(answered).toEqual(new Set(Object.values(streams)));
    for (const reply of replies) expect(reply).toMatchObject({ headers: {} });
  });

  test("holds what was said", () => {
    const said = Object.fromEntries(Object.entries(streams).map(([type, id]) => [type, textOf(down, id)]));
    switch (what) {
      case "exec":
        expect(streams).toEqual({ error: 1, stdin: 3, stdout: 5, stderr: 7 });
        expect(textOf(up, 3)).toBe("hello\n");
        expect(up).toContainEqual({ type: "data", streamId: 3, bytes: Buffer.alloc(0), isLast: true });
        expect(said).toMatchObject({ stdout: "hello\n", stderr: "problem\n" });
        expect(JSON.parse(said["error"] ?? "")).toMatchObject({
          reason: "NonZeroExitCode",
          details: { causes: [{ reason: "ExitCode", message: "3" }] },
        });
        return;
      case "exec on a terminal":
        expect(streams).toEqual({ error: 1, stdin: 3, stdout: 5, resize: 7 });
        expect(JSON.parse(textOf(up, 7))).toEqual({ Width: 91, Height: 31 });
        expect(said["stdout"]).toBe("31 91\r\n");
        return;
      case "exec of nothing":
        expect(JSON.parse(said["error"] ?? "")).toMatchObject({ status: "Failure", reason: "InternalError" });
        return;
      case "port-forward":
        expect(up).toContainEqual(
          expect.objectContaining({ headers: { streamtype: "data", port: "9001", requestid: "0" } }),
        );
        expect(said).toEqual({ data: "ping", error: "" });
        return;
      case "port-forward to nothing":
        expect(said["error"]).toContain("connection refused");
        return;
      default:
        expect.fail(`nobody knows what '${what}' holds`);
    }
  });
});

const streamId = fc.integer({ min: 1, max: 0x7fffffff });
const uint32 = fc.integer({ min: 0, max: 0x7fffffff });
const latin1 = fc.string({
  unit: fc.integer({ min: 1, max: 255 }).map((code) => String.fromCodePoint(code)),
  maxLength: 40,
});
const headers = fc.dictionary(
  fc.stringMatching(/^[a-z-]{1,12}$/u).filter((name) => name !== "__proto__"),
  latin1,
  { maxKeys: 6, noNullPrototype: true },
);
const isLast = fc.boolean();
const frame: fc.Arbitrary<Frame> = fc.oneof(
  fc.record({ type: fc.constant("data" as const), streamId, bytes: fc.uint8Array({ maxLength: 300 }), isLast }),
  fc.record({ type: fc.constantFrom("syn-stream" as const, "syn-reply" as const), streamId, headers, isLast }),
  fc.record({ type: fc.constant("headers" as const), streamId, headers, isLast }),
  fc.record({ type: fc.constant("rst-stream" as const), streamId, status: uint32 }),
  fc.record({
    type: fc.constant("settings" as const),
    settings: fc.array(fc.record({ id: fc.integer({ min: 0, max: 0xffffff }), value: uint32 }), { maxLength: 5 }),
  }),
  fc.record({ type: fc.constant("ping" as const), id: fc.integer({ min: 0, max: 0xffffffff }) }),
  fc.record({ type: fc.constant("goaway" as const), lastStreamId: uint32, status: uint32 }),
  fc.record({ type: fc.constant("window-update" as const), streamId: uint32, deltaBytes: uint32 }),
);

/** Puts the pieces of a data frame together again. */
function whole(frames: readonly Frame[]): readonly Frame[] {
  const joined: Frame[] = [];
  let open: (Frame & { readonly type: "data" }) | undefined;
  for (const each of frames) {
    if (each.type !== "data") {
      joined.push(each);
      continue;
    }
    const before = open?.streamId === each.streamId ? open.bytes : new Uint8Array();
    open = { ...each, bytes: Uint8Array.from(Buffer.concat([before, each.bytes])) };
    joined.push(open);
  }
  return joined;
}

test("every frame is read as it was written, whatever the pieces it comes in", () => {
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 12 }), fc.integer({ min: 1, max: 64 }), (frames, pieceBytes) => {
      const codec = createHeaderCodec();
      const bytes = Buffer.concat(frames.map((each) => encodeFrame(each, codec)));
      const read = decode(bytes, pieceBytes);
      // A long data frame comes in pieces: what counts is each stream's text, and everything else in its order.
      const others = (list: readonly Frame[]): readonly Frame[] => list.filter(({ type }) => type !== "data");
      expect(others(read)).toEqual(others(frames));
      const ids = new Set(frames.flatMap((each) => (each.type === "data" ? [each.streamId] : [])));
      for (const id of ids) {
        expect(textOf(read, id)).toBe(textOf(frames, id));
        const ends = (list: readonly Frame[]): number =>
          list.filter((each) => each.type === "data" && each.streamId === id && each.isLast).length;
        expect(ends(read)).toBe(ends(frames));
      }
    }),
  );
});

test("bytes that nobody meant end in one kind of error, or in none", () => {
  const control = fc
    .tuple(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 255 }), fc.uint8Array({ maxLength: 80 }))
    .map(([type, flags, body]) => Buffer.concat([Buffer.from([0x80, 3, 0, type, flags, 0, 0, body.length]), body]));
  const noise = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    control,
  );
  fc.assert(
    fc.property(fc.array(noise, { maxLength: 8 }), (chunks) => {
      const decoder = new FrameDecoder(createHeaderCodec());
      try {
        for (const chunk of chunks) for (const each of decoder.push(chunk)) expect(each.type).toBeTypeOf("string");
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedAnswerError);
      }
    }),
    { numRuns: 1_000 },
  );
});

test("a recording with one byte changed ends in one kind of error, or in none", () => {
  const [recording] = recordings;
  const bytes = Buffer.from(recording?.received ?? "", "base64");
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 0, max: 255 }), (at, value) => {
      const changed = Buffer.from(bytes);
      changed[at] = value;
      const decoder = new FrameDecoder(createHeaderCodec());
      try {
        for (const each of decoder.push(changed)) expect(each.type).toBeTypeOf("string");
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedAnswerError);
      }
    }),
    { numRuns: 500 },
  );
});

test("a frame of a kind that nobody knows is passed over", () => {
  const codec = createHeaderCodec();
  const unknown = Buffer.from([0x80, 3, 0, 77, 0, 0, 0, 2, 1, 2]);
  expect(decode(Buffer.concat([unknown, encodeFrame({ type: "ping", id: 4 }, codec)]))).toEqual([
    { type: "ping", id: 4 },
  ]);
});

test("a control frame that would fill the memory is refused before it comes", () => {
  const head = Buffer.from([0x80, 3, 0, 4, 0, 0xff, 0xff, 0xff]);
  expect(() => [...new FrameDecoder(createHeaderCodec()).push(head)]).toThrow(/control frame of 16777215 bytes/u);
});

test("another version of SPDY is refused", () => {
  const head = Buffer.from([0x80, 2, 0, 4, 0, 0, 0, 4]);
  expect(() => [...new FrameDecoder(createHeaderCodec()).push(head)]).toThrow(/version 2/u);
});

test("pieces of one data frame are passed on as they come", () => {
  const codec = createHeaderCodec();
  const bytes = encodeFrame({ type: "data", streamId: 5, bytes: Buffer.from("abcdef"), isLast: true }, codec);
  const decoder = new FrameDecoder(createHeaderCodec());
  const read = [bytes.subarray(0, 10), bytes.subarray(10)].map((chunk) => [...decoder.push(chunk)]);
  expect(whole(read.flat()).at(-1)).toMatchObject({ bytes: Uint8Array.from(Buffer.from("abcdef")), isLast: true });
  expect(read[0]).toEqual([{ type: "data", streamId: 5, bytes: Buffer.from("ab"), isLast: false }]);
});
