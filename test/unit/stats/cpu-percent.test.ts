import { describe, expect, test } from "vitest";
import { CpuUsage } from "../../../src/cri/messages.ts";
import { cpuPercent, reportedCpuPercent } from "../../../src/stats/cpu-percent.ts";

const at = (timestamp: bigint, used: bigint): CpuUsage =>
  CpuUsage.fromPartial({ timestamp, usageCoreNanoSeconds: { value: used } });
/** Nanoseconds since 1970, too many for a double. */
const now = 1_795_443_600_737_366_064n;

describe("CPU use between two samples", () => {
  test("is CPU time over time, in percent of one core", () => {
    expect(cpuPercent(at(now, 5n), at(now + 1_000_000_000n, 250_000_005n))).toBe(25);
    expect(cpuPercent(at(now, 0n), at(now + 500_000_000n, 1_000_000_000n))).toBe(200);
    expect(cpuPercent(at(now, 7n), at(now + 1n, 7n))).toBe(0);
  });

  test.each([
    ["there is no first sample", undefined, at(now, 1n)],
    ["there is no second sample", at(now, 1n), undefined],
    ["the runtime's clock stood still", at(now, 1n), at(now, 2n)],
    ["its clock went back", at(now, 1n), at(now - 1n, 2n)],
    ["the counter went back", at(now, 2n), at(now + 1n, 1n)],
    ["one has no counter", CpuUsage.fromPartial({ timestamp: now }), at(now + 1n, 1n)],
  ])("is not known when %s", (_, before, after) => {
    expect(cpuPercent(before, after)).toBeUndefined();
  });
});

test("the runtime's own rate is in billionths of a core", () => {
  expect(reportedCpuPercent(CpuUsage.fromPartial({ usageNanoCores: { value: 996_656_866n } }))).toBeCloseTo(99.6656866);
  expect(reportedCpuPercent(CpuUsage.fromPartial({}))).toBeUndefined();
  expect(reportedCpuPercent(undefined)).toBeUndefined();
});
