import { describe, expect, test } from "vitest";
import { ignoredResources, mergeResources } from "../../../src/sandbox/resources.ts";

const MiB = 1n << 20n;

describe("the wanted limits go over the present ones", () => {
  test("and what is not wanted goes along, so that no runtime takes it for no limit", () => {
    const present = { cpuShares: 512n, memoryLimitInBytes: 64n * MiB, cpusetCpus: "0" };
    expect(mergeResources(present, { cpuQuota: 50_000n })).toMatchObject({ ...present, cpuQuota: 50_000n });
  });

  test("huge pages and files of cgroup v2 one by one", () => {
    const present = {
      hugepageLimits: [
        { pageSize: "2MB", limit: MiB },
        { pageSize: "1GB", limit: MiB },
      ],
      unified: { "memory.high": "1", "memory.low": "1" },
    };
    const wanted = { hugepageLimits: [{ pageSize: "2MB", limit: 2n * MiB }], unified: { "memory.high": "2" } };
    expect(mergeResources(present, wanted)).toMatchObject({
      hugepageLimits: [
        { pageSize: "1GB", limit: MiB },
        { pageSize: "2MB", limit: 2n * MiB },
      ],
      unified: { "memory.high": "2", "memory.low": "1" },
    });
  });

  test("no swap stays no swap, and a swap limit that no longer fits is the user's to say", () => {
    const none = { memoryLimitInBytes: 64n * MiB, memorySwapLimitInBytes: 64n * MiB };
    const wanted = { memoryLimitInBytes: 128n * MiB };
    expect(mergeResources(none, wanted).memorySwapLimitInBytes).toBe(128n * MiB);
    const some = { memoryLimitInBytes: 64n * MiB, memorySwapLimitInBytes: 256n * MiB };
    expect(mergeResources(some, wanted).memorySwapLimitInBytes).toBe(256n * MiB);
    expect(() => mergeResources(some, { memoryLimitInBytes: 512n * MiB })).toThrow(/268435456 bytes, less than/u);
    expect(mergeResources({ ...some, memorySwapLimitInBytes: -1n }, wanted).memorySwapLimitInBytes).toBe(-1n);
    expect(mergeResources(some, { ...wanted, memorySwapLimitInBytes: -1n }).memorySwapLimitInBytes).toBe(-1n);
  });
});

describe("a limit was ignored", () => {
  const before = { oomScoreAdj: 0n, cpuShares: 2n, hugepageLimits: [] } as never;

  test("when it is as it was and not as it was wanted", () => {
    expect(
      ignoredResources({ oomScoreAdj: 500n, cpuShares: 512n }, before, {
        ...(before as object),
        cpuShares: 512n,
      } as never),
    ).toEqual(["oomScoreAdj is 0"]);
    expect(ignoredResources({ hugepageLimits: [{ pageSize: "2MB", limit: 1n }] }, before, before)).toEqual([
      "hugepageLimits is []",
    ]);
  });

  test("not when it was so already, when the runtime rounds it, or when it does not tell", () => {
    expect(ignoredResources({ cpuShares: 2n }, before, before)).toEqual([]);
    expect(ignoredResources({ cpuShares: 513n }, before, { cpuShares: 512n } as never)).toEqual([]);
    expect(ignoredResources({ cpuShares: 513n }, undefined, undefined)).toEqual([]);
  });
});
