import fc from "fast-check";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { readFlatYaml } from "../../../src/cri/flat-yaml.ts";

const asObject = (text: string): Readonly<Record<string, unknown>> | undefined => {
  const entries = readFlatYaml(text);
  return entries && Object.fromEntries(entries.map(({ key, value }) => [key, value ?? null]));
};

test("a crictl.yaml as crictl writes it is read, with its lines", () => {
  const text = `# made by hand\nruntime-endpoint: "unix:///run/containerd/containerd.sock"\nimage-endpoint: ''\ntimeout: 10 # seconds\n\ndebug: false\n`;
  expect(readFlatYaml(text)).toEqual([
    { key: "runtime-endpoint", value: "unix:///run/containerd/containerd.sock", line: 2 },
    { key: "image-endpoint", value: "", line: 3 },
    { key: "timeout", value: 10, line: 4 },
    { key: "debug", value: false, line: 6 },
  ]);
});

test.each([
  "a: [1]",
  "a: {b: c}",
  " a: b",
  "---\na: b",
  "a: b\n  c",
  "a: &x b",
  "a: |\n  b",
  "a: yes",
  "a: null",
  "a: ~",
  "a: 0x10",
  "a: 010",
  "a: 1e3",
  "a: 'it''s'",
  'a: "x\\n"',
  "a: b: c",
  "a: b:",
  "a: 1\na: 2",
  "a:b",
  "a: - b",
  "null: 1",
])("%j is left to YAML's own library", (text) => expect(readFlatYaml(text)).toBeUndefined());

test("whatever it reads, YAML reads as the same", () => {
  const word = fc.oneof(
    fc.constantFrom(
      "unix:///run/x.sock",
      "true",
      "false",
      "0",
      "10",
      "007",
      "''",
      '""',
      "'a b'",
      '"a # b"',
      "null",
      "-",
      "a b",
      "#",
      "x#y",
      "1.5",
      "http://a:b",
    ),
    fc.string({ unit: fc.constantFrom(...Array.from("ab:/#'\"-.10 \t\\[]{}&*!|>%@,?=~")), maxLength: 8 }),
  );
  const line = fc
    .tuple(
      fc.constantFrom("a", "b-c", "d_e", "true", " f", "g1"),
      fc.constantFrom(":", ": ", ":\t", ":  "),
      word,
      fc.constantFrom("", " ", " # x", "#x"),
    )
    .map((parts) => parts.join(""));
  fc.assert(
    fc.property(fc.array(fc.oneof(line, fc.constantFrom("", "# x", "  # y", " ")), { maxLength: 4 }), (lines) => {
      const text = lines.join("\n");
      const flat = asObject(text);
      if (flat !== undefined && Object.keys(flat).length > 0) expect(parse(text)).toEqual(flat);
    }),
    { numRuns: 5_000 },
  );
});
