import { expect, test } from "vitest";
import { checkCandidates, checks, expectCandidates } from "../../../src/cli/verify-words.ts";
import { UsageError } from "../../../src/errors.ts";
import { parseExpectations } from "../../../src/namespaces/expectations.ts";
import { checkNames } from "../../../src/namespaces/verify.ts";

test("what is expected is read in any order, whatever the case of its letters", () => {
  expect(parseExpectations("net=shared,IPC=Host, pid=private")).toEqual({ net: "shared", ipc: "host", pid: "private" });
});

test.each([
  ["nett=shared", "'nett' is not a kind of namespace (did you mean 'net'?)"],
  ["net=sharde", "'sharde' is not what can be expected (did you mean 'shared'?)"],
  ["net", "'net' expects nothing"],
  ["net=shared,", "'' expects nothing"],
  ["net=shared=yes", "expects nothing"],
  ["net=shared,net=host", "net is expected twice"],
])("'%s' is refused with what was meant: %s", (text, message) => {
  expect(() => parseExpectations(text)).toThrow(UsageError);
  expect(() => parseExpectations(text)).toThrow(message);
});

test("checks are named one by one or joined, and one that is none is refused with what was meant", () => {
  expect(checks("pin,modes", ["border"])).toEqual(["border", "pin", "modes"]);
  expect(() => checks("adresses", undefined)).toThrow("'adresses' is no check (did you mean 'addresses'?)");
});

test("every check there is can be named and is offered", async () => {
  expect(checks(checkNames.join(","), undefined)).toEqual(checkNames);
  const offered = await checkCandidates(undefined, { current: "", before: [] });
  expect(offered.map(({ value }) => value).toSorted()).toEqual([...checkNames].toSorted());
  const more = await checkCandidates(undefined, { current: "pin,m", before: [] });
  expect(more.map(({ value }) => value)).toContain("pin,modes");
  expect(more.map(({ value }) => value)).not.toContain("pin,pin");
});

test("behind what is expected already the shell is offered the other kinds", async () => {
  const values = (await expectCandidates(undefined, { current: "net=shared,i", before: [] })).map(({ value }) => value);
  expect(values).toContain("net=shared,ipc=private");
  expect(values.some((value) => value.startsWith("net=shared,net="))).toBe(false);
});
