import { expect, test } from "vitest";
import { framed, MessageReader, UnreadableMessage } from "../../../src/rpc/message-frames.ts";

const messages = ["", "a", "hello", "x".repeat(70_000), "", "last"].map((text) => Buffer.from(text));
const wire = Buffer.concat(messages.map((message) => framed(message)));

/** What a reader makes of the wire in pieces of these lengths, repeated. */
function read(lengths: readonly number[]): readonly Buffer[] {
  const reader = new MessageReader(100_000);
  const found: Buffer[] = [];
  for (let at = 0, turn = 0; at < wire.length; turn++) {
    const length = lengths[turn % lengths.length] ?? 1;
    found.push(...reader.push(wire.subarray(at, at + length)));
    at += length;
  }
  return found;
}

test("a message is its flag, its length and itself", () => {
  expect([...framed(Buffer.from("hi"))]).toEqual([0, 0, 0, 0, 2, 104, 105]);
});

test.each([[[wire.length]], [[1]], [[3]], [[5]], [[6, 1]], [[4, 70_000]], [[11, 2, 1_000]]])(
  "messages are the same in pieces of %j bytes",
  (lengths) => {
    expect(read(lengths).map(String)).toEqual(messages.map(String));
  },
);

test("a message in one piece is not copied", () => {
  const piece = framed(Buffer.from("hello"));
  const [message] = new MessageReader(100).push(piece);
  expect(message?.buffer).toBe(piece.buffer);
});

test("one that is too long is refused by its prefix, after those before it", () => {
  const reader = new MessageReader(10);
  const found: string[] = [];
  const taking = (): void => {
    for (const message of reader.push(Buffer.concat([framed(Buffer.from("ok")), Buffer.from([0, 0, 0, 0, 11])])))
      found.push(message.toString());
  };
  expect(taking).toThrow(expect.objectContaining({ size: { bytes: 11, limitBytes: 10 } }) as Error);
  expect(found).toEqual(["ok"]);
});

test("a compressed one is refused", () => {
  const compressed = Buffer.from([1, 0, 0, 0, 1, 65]);
  expect(() => [...new MessageReader(10).push(compressed)]).toThrow(UnreadableMessage);
});
