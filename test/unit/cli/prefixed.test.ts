import fc from "fast-check";
import { expect, test } from "vitest";
import { prefixed } from "../../../src/cli/prefixed.ts";
import { fakeSink } from "./fake-io.ts";

test("every line has the head in front, whatever the pieces it came in", () => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[ab\n]{0,10}$/u)), (pieces) => {
      const sink = fakeSink();
      const through = prefixed(sink, "web | ");
      for (const piece of pieces) through.write(Buffer.from(piece));
      through.end();
      const text = pieces.join("");
      const lines = text.replace(/\n$/u, "").split("\n");
      expect(sink.text()).toBe(text === "" ? "" : lines.map((line) => `web | ${line}\n`).join(""));
    }),
  );
});

test("a line without end is passed on before it fills the memory", () => {
  const sink = fakeSink();
  const through = prefixed(sink, "> ");
  for (let at = 0; at < 10; at++) through.write(Buffer.alloc(40_000, "x"));
  expect(sink.text().length).toBeGreaterThan(300_000);
});
