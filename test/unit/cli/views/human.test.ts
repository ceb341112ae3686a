import { describe, expect, test } from "vitest";
import { age, humanDuration, humanSize, shortId } from "../../../../src/cli/views/human.ts";
import { rfc3339 } from "../../../../src/cli/views/rfc3339.ts";

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

describe("a duration", () => {
  test.each([
    [0, "Less than a second"],
    [-5 * second, "Less than a second"],
    [999, "Less than a second"],
    [second, "1 second"],
    [59.9 * second, "59 seconds"],
    [minute, "About a minute"],
    [2 * minute - 1, "About a minute"],
    [2 * minute, "2 minutes"],
    [hour - 1, "59 minutes"],
    [hour, "About an hour"],
    [1.5 * hour - second, "About an hour"],
    [1.5 * hour, "2 hours"],
    [47 * hour, "47 hours"],
    [48 * hour, "2 days"],
    [13 * day, "13 days"],
    [14 * day, "2 weeks"],
    [59 * day, "8 weeks"],
    [60 * day, "2 months"],
    [729 * day, "24 months"],
    [730 * day, "2 years"],
  ])("of %i ms is '%s'", (milliseconds, text) => expect(humanDuration(milliseconds)).toBe(text));
});

test("an age counts from nanoseconds", () => {
  expect(age(1_000_000_000_000n, new Date(1_090_000))).toBe("About a minute ago");
});

describe("a size", () => {
  test.each([
    [0n, "0B"],
    [999n, "999B"],
    [1_000n, "1kB"],
    [1_150_000n, "1.15MB"],
    [999_999n, "1MB"],
    [12_345_678n, "12.3MB"],
    [1_000_000_000_000n, "1TB"],
  ])("of %i bytes is '%s'", (bytes, text) => expect(humanSize(bytes)).toBe(text));

  test("has four digits in stats", () => expect(humanSize(12_345_678, 4)).toBe("12.35MB"));
});

test("a short id has 13 characters, without the name of the hash", () => {
  expect(shortId(`sha256:${"0123456789abcdef".repeat(4)}`)).toBe("0123456789abc");
});

test("a time of the runtime keeps its nanoseconds, and none is Go's zero", () => {
  expect(Date.parse(rfc3339(1_795_444_143_968_074_730n))).toBe(1_795_444_143_968);
  expect(rfc3339(1_795_444_143_968_074_730n)).toMatch(/:03\.96807473(Z|[+-]\d\d:\d\d)$/u);
  expect(rfc3339(1_795_444_143_000_000_000n)).toMatch(/:03(Z|[+-]\d\d:\d\d)$/u);
  expect(rfc3339(0n)).toBe("0001-01-01T00:00:00Z");
  // What Go makes of a time that was never set, in nanoseconds; and Go prints it so.
  expect(rfc3339(-6_795_364_578_871_345_152n)).toMatch(/^1754-08-3\dT.*:41\.128654848(Z|[+-]\d\d:\d\d)$/u);
});
