import { expect, test } from "vitest";
import { labPaths, requireUsableDir, requireUsableName } from "../../../src/lab/lab-paths.ts";

const failure = expect.objectContaining({ code: "lab-failed" });

test("both of containerd's sockets fit the kernel's 107 bytes in the longest folder that is taken", () => {
  const longest = `/${"a".repeat(84)}`;
  expect(() => requireUsableDir(longest)).not.toThrow();
  expect(`${labPaths(longest).socket}.ttrpc`).toHaveLength(107);
  expect(() => requireUsableDir(`${longest}a`)).toThrow(failure);
});

test.each(["/a,b", "/a:b", "/a b", "/a/../b", "/a/", "/", "a/b", "/a\nb", "/.a", '/a"b'])(
  "%j cannot be a lab's folder",
  (dir) => expect(() => requireUsableDir(dir)).toThrow(failure),
);

test.each(["default", "a", "0-9", "a".repeat(32)])("%j is a lab's name", (name) =>
  expect(() => requireUsableName(name)).not.toThrow(),
);

test.each(["", "-a", "A", "a/b", "..", "a_b", "a".repeat(33)])("%j cannot be a lab's name", (name) =>
  expect(() => requireUsableName(name)).toThrow(failure),
);
