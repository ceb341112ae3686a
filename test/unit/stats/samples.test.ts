import { expect, test, vi } from "vitest";
import { samples } from "../../../src/stats/samples.ts";

const waits = vi.hoisted(() => [] as number[]);
vi.mock("node:timers/promises", async (original) => ({
  ...(await original<object>()),
  setTimeout: async (milliseconds: number) => void waits.push(milliseconds),
}));

test.each([1_000, 2 ** 31 - 1, 2 ** 31, Number.MAX_SAFE_INTEGER])(
  "two samples %i ms apart are waited for by a timer that can be so long, and is not over at once",
  async (intervalMs) => {
    waits.length = 0;
    let taken = 0;
    for await (const { before, now } of samples(async () => taken++, { intervalMs })) {
      expect(before).toBe(now === 0 ? undefined : now - 1);
      if (now === 2) break;
    }
    // Node takes a longer time than this one for a millisecond.
    expect(waits).toEqual(Array.from({ length: 2 }, () => Math.min(intervalMs, 2 ** 31 - 1)));
  },
);
