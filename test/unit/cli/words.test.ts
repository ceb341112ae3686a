import { describe, expect, test } from "vitest";
import { deadline, duration, label, oneOf, platform, portPair } from "../../../src/cli/words.ts";
import { UsageError } from "../../../src/errors.ts";

describe("a duration", () => {
  test.each([
    ["5", 5_000],
    ["0.5", 500],
    ["5s", 5_000],
    ["1.5s", 1_500],
    ["200ms", 200],
    ["2m", 120_000],
    ["1h30m", 5_400_000],
    ["1m30s500ms", 90_500],
  ])("%s is %i ms", (text, milliseconds) => expect(duration(text)).toBe(milliseconds));

  test.each(["", "s", "5x", "-5", "5 s", "5s ", "1e3", ".5s", "0x10", "Infinity", "5sm", "1.2.3s"])(
    "'%s' is refused",
    (text) => expect(() => duration(text)).toThrow(UsageError),
  );

  test("of 0 is a deadline that never comes", () => {
    expect(deadline("0")).toBe(Infinity);
    expect(deadline("0s")).toBe(Infinity);
    expect(deadline("2m")).toBe(120_000);
  });
});

describe("a label", () => {
  test("is cut at its first =", () => expect(label("a=b=c", undefined)).toEqual({ a: "b=c" }));
  test("may have an empty value", () => expect(label("a=", undefined)).toEqual({ a: "" }));
  test("joins the ones before it", () => expect(label("b=2", { a: "1" })).toEqual({ a: "1", b: "2" }));
  test.each(["", "a", "=b"])("'%s' is refused", (text) => expect(() => label(text, undefined)).toThrow(UsageError));
});

describe("a pair of ports", () => {
  test.each([
    ["8080:80", { local: 8080, remote: 80 }],
    ["80", { local: 80, remote: 80 }],
    [":80", { local: 0, remote: 80 }],
    ["0:65535", { local: 0, remote: 65_535 }],
  ])("%s", (text, pair) => expect(portPair(text)).toEqual(pair));

  test.each(["", ":", "80:", "0", "8080:0", "65536", "65536:80", "a:80", "80:80:80", "-1:80", "1.5"])(
    "'%s' is refused",
    (text) => expect(() => portPair(text)).toThrow(UsageError),
  );
});

test("one of a few words is refused with all of them", () => {
  const shell = oneOf("bash", "zsh");
  expect(shell("zsh")).toBe("zsh");
  expect(() => shell("fish")).toThrow("'fish' is none of bash, zsh");
});

describe("a platform", () => {
  test("is an OS, an architecture, and perhaps a variant", () => {
    expect(platform("linux/amd64")).toEqual({ os: "linux", architecture: "amd64" });
    expect(platform("linux/arm/v7")).toEqual({ os: "linux", architecture: "arm", variant: "v7" });
  });
  test.each(["", "linux", "/amd64", "linux/", "linux/arm/", "linux/arm/v7/x"])("'%s' is refused", (text) =>
    expect(() => platform(text)).toThrow(UsageError),
  );
});
