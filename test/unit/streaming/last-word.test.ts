import { expect, test } from "vitest";
import { failureOf, parseLastWord } from "../../../src/streaming/last-word.ts";

const v4 = "v4.channel.k8s.io";
const nonZero = (message: string): string =>
  JSON.stringify({
    status: "Failure",
    reason: "NonZeroExitCode",
    details: { causes: [{ reason: "ExitCode", message }] },
  });

test.each([
  ['{"metadata":{},"status":"Success"}', { kind: "exited", exitCode: 0 }],
  [nonZero("3"), { kind: "exited", exitCode: 3 }],
  [nonZero("137"), { kind: "exited", exitCode: 137 }],
  [nonZero("many"), { kind: "failed", reason: "NonZeroExitCode" }],
  [
    '{"status":"Failure","reason":"InternalError","message":"no"}',
    { kind: "failed", reason: "InternalError", message: "no" },
  ],
  ['{"status":"Failure","message":{}}', { kind: "failed", reason: "" }],
  ['{"status":"Failure","details":null,"message":"no"}', { kind: "failed", message: "no" }],
  ['{"status":"Failure","details":{"causes":"none"},"message":"no"}', { kind: "failed", message: "no" }],
  ['{"status":"Failure","details":{"causes":[null]},"message":"no"}', { kind: "failed", message: "no" }],
  ["", undefined],
])("version 4 and later: %s", (text, word) => {
  for (const protocol of [v4, "v5.channel.k8s.io", "v12.channel.k8s.io"]) {
    if (word === undefined) expect(parseLastWord(text, protocol)).toBeUndefined();
    else expect(parseLastWord(text, protocol)).toMatchObject(word);
  }
});

test.each(["nonsense", "3", "null", "[1]x"])("version 4 does not take %s for a status", (text) => {
  expect(() => parseLastWord(text, v4)).toThrow(/which is no status/u);
});

test.each([
  ["", { kind: "exited", exitCode: 0 }],
  ["command terminated with exit code 3", { kind: "exited", exitCode: 3 }],
  ["Internal error: no such thing", { kind: "failed" }],
])("before version 4: %s", (text, word) => {
  for (const protocol of ["channel.k8s.io", "v2.channel.k8s.io", "v3.channel.k8s.io"]) {
    expect(parseLastWord(text, protocol)).toMatchObject(word);
  }
});

test("a program that is not there is not found; any other failure is the runtime's", () => {
  const where = { rpc: "Exec", endpoint: "unix:///x" };
  const missing = 'exec: "/none": stat /none: no such file or directory';
  expect(failureOf({ reason: "InternalError", message: missing }, where)).toMatchObject({ code: "not-found" });
  expect(failureOf({ reason: "", message: "container is paused" }, where)).toMatchObject({ code: "runtime-failed" });
});
