import { expect, test } from "vitest";
import { toToml } from "../../../src/lab/toml.ts";

test("plain values come before sections, nested tables become dotted sections", () => {
  expect(
    toToml({ version: 2, plugins: { "io.containerd.x": { on: true, deep: { list: ["a", "b"] } } }, root: "/r" }),
  ).toBe(
    [
      "version = 2",
      'root = "/r"',
      "",
      '[plugins."io.containerd.x"]',
      "on = true",
      "",
      '[plugins."io.containerd.x".deep]',
      'list = ["a", "b"]',
      "",
    ].join("\n"),
  );
});

test("an empty table still exists", () => expect(toToml({ a: { b: {} } })).toBe("[a.b]\n"));

test("a table inside an array is written inline", () =>
  expect(toToml({ a: [{ platform: "linux", snapshotter: "native" }] })).toBe(
    'a = [{ platform = "linux", snapshotter = "native" }]\n',
  ));

test("a text cannot end its own quotes, nor hold a raw control character", () =>
  expect(toToml({ a: '"\\\n\u007f' })).toBe('a = "\\"\\\\\\n\\u007f"\n'));
