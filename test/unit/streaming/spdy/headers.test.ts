import { createHash } from "node:crypto";
import { constants, deflateSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { dictionary } from "../../../../src/streaming/spdy/dictionary.ts";
import { createHeaderCodec } from "../../../../src/streaming/spdy/headers.ts";

test("the dictionary is that of the specification", () => {
  expect(dictionary).toHaveLength(1_423);
  // Of the bytes in draft-mbelshe-httpbis-spdy-00, 2.6.10.1.
  expect(createHash("sha256").update(dictionary).digest("hex")).toBe(
    "51d27341373f923f3cd88e1eb7162aeaa3723d7585ff2399201dc06498407f02",
  );
});

test("block after block is read with what came before it", () => {
  const name = fc.stringMatching(/^[a-z-]{1,12}$/u);
  const latin1 = fc.string({ unit: fc.integer({ min: 1, max: 255 }).map((code) => String.fromCodePoint(code)) });
  const value = fc.oneof(fc.constantFrom("stdin", "x".repeat(5_000), ""), latin1);
  const headers = fc.dictionary(name, value, { maxKeys: 8, noNullPrototype: true });
  fc.assert(
    fc.property(fc.array(headers, { maxLength: 30 }), (list) => {
      const [sender, receiver] = [createHeaderCodec(), createHeaderCodec()];
      for (const each of list) expect(receiver.decode(sender.encode(each))).toEqual(each);
    }),
  );
});

test("what an ordinary zlib stream with the dictionary says is read", () => {
  const text = Buffer.concat(
    [1, 3].map((length) => Buffer.from([0, 0, 0, length])).concat(Buffer.from("via\0\0\0\x02ab")),
  );
  const block = deflateSync(text, { dictionary, finishFlush: constants.Z_SYNC_FLUSH });
  expect(createHeaderCodec().decode(block)).toEqual({ via: "ab" });
});

test("a small block that unpacks to very much is refused", () => {
  const block = deflateSync(Buffer.alloc(10_000_000), { dictionary, finishFlush: constants.Z_SYNC_FLUSH });
  expect(block.length).toBeLessThan(20_000);
  expect(() => createHeaderCodec().decode(block)).toThrow(/cannot be unpacked/u);
});

test("headers that promise more than they hold are refused", () => {
  const block = deflateSync(Buffer.from([0, 0, 0, 9, 0, 0, 0, 1]), { dictionary, finishFlush: constants.Z_SYNC_FLUSH });
  expect(() => createHeaderCodec().decode(block)).toThrow(/cut short/u);
});
