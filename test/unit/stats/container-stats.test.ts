import { describe, expect, test } from "vitest";
import { ContainerStats, type ListContainerStatsRequest } from "../../../src/cri/messages.ts";
import { NotFoundError, RuntimeFailedError } from "../../../src/errors.ts";
import { containerStats, idOf } from "../../../src/stats/container-stats.ts";
import { containerUsage, isRunning, reportedUsage } from "../../../src/stats/container-usage.ts";
import { podsOfContainers } from "../../../src/stats/pods-of-containers.ts";

const cpuAt = (timestamp: bigint, used: bigint) => ({ timestamp, usageCoreNanoSeconds: { value: used } });
const statsOf = (id: string, more: Parameters<typeof ContainerStats.fromPartial>[0] = {}): ContainerStats =>
  ContainerStats.fromPartial({ attributes: { id }, ...more });

/** A runtime with these containers, which notes what it is asked. */
function runtimeWith(stats: readonly ContainerStats[], one?: () => Promise<ContainerStats>) {
  const asked: (string | Partial<ListContainerStatsRequest["filter"]>)[] = [];
  return {
    asked,
    containerStats: async ({ containerId = "" }) => {
      asked.push(containerId);
      return { stats: await (one?.() ?? stats.find((each) => idOf(each) === containerId)) } as never;
    },
    listContainerStats: async ({ filter }: { filter?: unknown }) => {
      asked.push(filter as never);
      return { stats: [...stats] } as never;
    },
  };
}

describe("containers are asked for", () => {
  test("with one list when all are wanted, and come by id", async () => {
    const runtime = runtimeWith([statsOf("b"), statsOf("a")]);
    expect((await containerStats(runtime)).map(idOf)).toEqual(["a", "b"]);
    expect(runtime.asked).toEqual([{ labelSelector: {} }]);
  });

  test("with one list when several are named, of which others are left out", async () => {
    const runtime = runtimeWith([statsOf("c"), statsOf("b"), statsOf("a")]);
    expect((await containerStats(runtime, { ids: ["c", "a"] })).map(idOf)).toEqual(["a", "c"]);
    expect(runtime.asked).toEqual([{ labelSelector: {} }]);
  });

  test("with ContainerStats when one is named", async () => {
    const runtime = runtimeWith([statsOf("a"), statsOf("b")]);
    expect((await containerStats(runtime, { ids: ["a"] })).map(idOf)).toEqual(["a"]);
    expect(runtime.asked).toEqual(["a"]);
  });

  test("with the filters that the runtime has", async () => {
    const runtime = runtimeWith([]);
    await containerStats(runtime, { id: "ab", podSandboxId: "pod", labels: { tier: "front" } });
    expect(runtime.asked).toEqual([{ id: "ab", podSandboxId: "pod", labelSelector: { tier: "front" } }]);
  });
});

describe("one container", () => {
  test("that is gone is no failure", async () => {
    const runtime = runtimeWith([], () => Promise.reject(new NotFoundError("gone")));
    expect(await containerStats(runtime, { ids: ["a"] })).toEqual([]);
  });

  test("that does not run is listed where ContainerStats fails for it", async () => {
    const failure = new RuntimeFailedError("no", { status: "UNKNOWN", answer: "unexpected metrics response: []" });
    const runtime = runtimeWith([statsOf("a")], () => Promise.reject(failure));
    expect((await containerStats(runtime, { ids: ["a"] })).map(idOf)).toEqual(["a"]);
    expect(runtime.asked).toEqual(["a", { id: "a" }]);
    const empty = runtimeWith([], () => Promise.reject(failure));
    await expect(containerStats(empty, { ids: ["a"] })).rejects.toBe(failure);
  });
});

describe("what containers use", () => {
  const before = [statsOf("a", { cpu: cpuAt(10n, 100n) }), statsOf("b", { cpu: cpuAt(10n, 100n) })];
  const now = [
    statsOf("a", { cpu: cpuAt(20n, 105n) }),
    statsOf("b", { cpu: cpuAt(10n, 100n) }),
    statsOf("new", { cpu: cpuAt(20n, 9n) }),
    statsOf("stopped"),
  ];

  test("is told of each by itself: one counter that stands still hides no other", () => {
    expect(containerUsage(before, now).map(({ cpuPercent }) => cpuPercent)).toEqual([
      50,
      undefined,
      undefined,
      undefined,
    ]);
  });

  test("is the runtime's own rate where there is one sample", () => {
    const one = statsOf("a", { cpu: { timestamp: 1n, usageNanoCores: { value: 15_000_000n } } });
    expect(reportedUsage([one, statsOf("b")]).map(({ cpuPercent }) => cpuPercent)).toEqual([1.5, undefined]);
  });

  test("is nothing for one that does not run", () => {
    expect(now.map(isRunning)).toEqual([true, true, true, false]);
    expect(isRunning(statsOf("zeros", { cpu: cpuAt(1n, 0n), memory: { workingSetBytes: { value: 0n } } }))).toBe(false);
    expect(isRunning(statsOf("memory", { memory: { workingSetBytes: { value: 1n } } }))).toBe(true);
  });
});

describe("a container's pod", () => {
  const lists = {
    asked: 0,
    listContainers: async () => {
      lists.asked++;
      return { containers: [{ id: "bare", podSandboxId: "p" }] } as never;
    },
    listPodSandbox: async () => {
      lists.asked++;
      return { items: [{ id: "p", metadata: { name: "web", namespace: "shop" } }] } as never;
    },
  };
  const labelled = statsOf("labelled", {
    attributes: {
      id: "labelled",
      labels: { "io.kubernetes.pod.name": "dns", "io.kubernetes.pod.namespace": "kube-system" },
    },
  });

  test("is in kubelet's labels, and nobody is asked then", async () => {
    expect(await podsOfContainers(lists, [labelled])).toEqual(
      new Map([["labelled", { name: "dns", namespace: "kube-system" }]]),
    );
    expect(lists.asked).toBe(0);
  });

  test("is looked for in two lists where one lacks them", async () => {
    const pods = await podsOfContainers(lists, [labelled, statsOf("bare")]);
    expect(pods.get("labelled")).toMatchObject({ name: "dns" });
    expect(pods.get("bare")).toMatchObject({ name: "web", namespace: "shop" });
    expect(lists.asked).toBe(2);
  });
});
