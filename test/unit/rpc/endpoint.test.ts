import fc from "fast-check";
import { expect, test } from "vitest";
import { UsageError } from "../../../src/errors.ts";
import { parseEndpoint } from "../../../src/rpc/endpoint.ts";

test.each([
  ["unix:///run/x.sock", "unix:///run/x.sock"],
  ["unix:/run/x.sock", "unix:///run/x.sock"],
  ["/run/x.sock", "unix:///run/x.sock"],
  ["UNIX:///run/x.sock", "unix:///run/x.sock"],
  ["tcp://127.0.0.1:1234", "tcp://127.0.0.1:1234"],
  ["tcp://[::1]:1234", "tcp://[::1]:1234"],
])("%s is taken as %s", (text, canonical) => expect(parseEndpoint(text).text).toBe(canonical));

test.each([
  "",
  " ",
  "run/x.sock",
  "unix://relative.sock",
  "http://x",
  "npipe:////./pipe/x",
  "tcp://host",
  "tcp://host:0",
  "tcp://host:70000",
  "unix:@abstract",
  `/${"a".repeat(107)}`,
])("'%s' is refused before anything is opened", (text) => expect(() => parseEndpoint(text)).toThrow(UsageError));

test("a path of 107 bytes is taken: the kernel does", () => {
  expect(parseEndpoint(`/${"a".repeat(106)}`)).toMatchObject({ kind: "unix" });
});

test("whatever is written, it is an endpoint whose own spelling reads as itself, or wrong words", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.string().map((text) => `unix://${text}`),
        fc.string().map((text) => `tcp://${text}`),
      ),
      (text) => {
        try {
          const endpoint = parseEndpoint(text);
          expect(parseEndpoint(endpoint.text)).toEqual(endpoint);
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError);
        }
      },
    ),
  );
});
