// The examples are those of RFC 7541, Appendix C.
import { expect, test } from "vitest";
import { ProtocolViolation } from "../../../../src/rpc/http2/error-code.ts";
import { HeaderDecoder } from "../../../../src/rpc/http2/header-decoder.ts";
import { encodeHeaders } from "../../../../src/rpc/http2/header-encoder.ts";

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/gu, ""), "hex");
const read = (decoder: HeaderDecoder, text: string): string =>
  [...decoder.decode(hex(text))].map(([name, value]) => `${name}=${value}`).join(" | ");

test.each([
  [
    "C.2.1, a literal that is remembered",
    "400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572",
    "custom-key=custom-header",
  ],
  ["C.2.2, one that is not", "040c 2f73 616d 706c 652f 7061 7468", ":path=/sample/path"],
  ["C.2.3, one that never is", "1008 7061 7373 776f 7264 0673 6563 7265 74", "password=secret"],
  ["C.2.4, an entry", "82", ":method=GET"],
])("%s", (_, block, headers) => {
  expect(read(new HeaderDecoder(), block)).toBe(headers);
});

const requests = [
  ":method=GET | :scheme=http | :path=/ | :authority=www.example.com",
  ":method=GET | :scheme=http | :path=/ | :authority=www.example.com | cache-control=no-cache",
  ":method=GET | :scheme=https | :path=/index.html | :authority=www.example.com | custom-key=custom-value",
];

test.each([
  [
    "C.3",
    [
      "8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
      "8286 84be 5808 6e6f 2d63 6163 6865",
      "8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65",
    ],
  ],
  [
    "C.4, in Huffman's code",
    [
      "8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff",
      "8286 84be 5886 a8eb 1064 9cbf",
      "8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf",
    ],
  ],
])("%s: what came before is remembered", (_, blocks) => {
  const decoder = new HeaderDecoder();
  expect(blocks.map((block) => read(decoder, block))).toEqual(requests);
});

const cookie = "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1";
const responses = [
  ":status=302 | cache-control=private | date=Mon, 21 Oct 2013 20:13:21 GMT | location=https://www.example.com",
  ":status=307 | cache-control=private | date=Mon, 21 Oct 2013 20:13:21 GMT | location=https://www.example.com",
  `:status=200 | cache-control=private | date=Mon, 21 Oct 2013 20:13:22 GMT | location=https://www.example.com | content-encoding=gzip | set-cookie=${cookie}`,
];
/** The table of these examples has 256 bytes. */
const tableOf256 = "3fe1 01";

test.each([
  [
    "C.5",
    [
      `${tableOf256} 4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d`,
      "4803 3330 37c1 c0bf",
      "88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a 6970 7738 666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d 6178 2d61 6765 3d33 3630 303b 2076 6572 7369 6f6e 3d31",
    ],
  ],
  [
    "C.6, in Huffman's code",
    [
      `${tableOf256} 4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3`,
      "4883 640e ffc1 c0bf",
      "88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07",
    ],
  ],
])("%s: what has no room any more is forgotten", (_, blocks) => {
  const decoder = new HeaderDecoder();
  expect(blocks.map((block) => read(decoder, block))).toEqual(responses);
});

test("the last of the entries that are known from the start, and a value beyond ASCII", () => {
  expect(read(new HeaderDecoder(), "bd 0001 6101 e9 0001 6283 ffffaf")).toBe("www-authenticate= | a=\u00e9 | b=\u00e9");
});

test("headers of one name are one, as HTTP has it", () => {
  expect(read(new HeaderDecoder(), "0001 6101 31 0001 6101 32")).toBe("a=1, 2");
});

test.each([
  ["an entry that there is not", "be"],
  ["the entry 0", "80"],
  ["a name that there is not", "7e 0161"],
  ["an end in a number", "ff 80"],
  ["a number without an end", "ff ffff ffff ffff ffff 7f"],
  ["an end before a value", "0001 61"],
  ["a text that is longer than the block", "0001 617f 00"],
  ["a table larger than was allowed", "3fe2 1f"],
  ["padding of eight bits", "0001 6182 f8ff"],
  ["padding of eleven bits", "0001 6182 07ff"],
  ["padding of zeros", "0001 6181 00"],
  ["the end of a text in Huffman's code", "0001 6184 ffff ffff"],
])("%s is refused", (_, block) => {
  expect(() => new HeaderDecoder().decode(hex(block))).toThrow(ProtocolViolation);
});

test("a table as large as was allowed is taken, and one without room forgets", () => {
  const decoder = new HeaderDecoder();
  expect(read(decoder, "3fe1 1f 4001 6101 31")).toBe("a=1");
  expect(read(decoder, "be")).toBe("a=1");
  expect(() => decoder.decode(hex("20 be"))).toThrow(ProtocolViolation);
});

test("an entry takes 32 bytes beside its texts, and one that fills the table to the byte has room", () => {
  expect(read(new HeaderDecoder(), "3f03 4001 6101 31 be")).toBe("a=1, 1"); // a table of 34 bytes
  expect(() => new HeaderDecoder().decode(hex("3f02 4001 6101 31 be"))).toThrow(ProtocolViolation); // of 33
});

test.each([0, 1, 126, 127, 128, 254, 255, 256, 16_510, 16_511, 16_512])(
  "a text of %i is read as it was written",
  (length) => {
    const value = "\u00e9".repeat(length);
    const block = encodeHeaders([
      ["a", value],
      ["b", "1"],
    ]);
    expect(Object.fromEntries(new HeaderDecoder().decode(block))).toEqual({ a: value, b: "1" });
  },
);
