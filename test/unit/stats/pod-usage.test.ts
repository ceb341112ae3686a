import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { PodSandboxStats } from "../../../src/cri/messages.ts";
import {
  CancelledError,
  NotFoundError,
  RuntimeFailedError,
  UnimplementedError,
  UnreachableError,
} from "../../../src/errors.ts";
import { podUsage, type PodUsage, type PodUsageOptions } from "../../../src/stats/pod-usage.ts";
import { podStatsConcurrency } from "../../../src/stats/pod-stats-concurrency.ts";
import { unmeasuredPods } from "../../../src/stats/unmeasured-pods.ts";
import { whyUnmeasured } from "../../../src/stats/why-unmeasured.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const failed = (answer: string): RuntimeFailedError =>
  new RuntimeFailedError(`PodSandboxStats failed: ${answer}`, { status: "UNKNOWN", answer });
const pods = (count: number) => Array.from({ length: count }, (_, at) => ({ id: `pod-${at}` }));

/** A runtime whose clock and counters go on by 10 and 5 at every call; `answer` may do something else for one. */
function runtimeWith(answer: (id: string, call: number) => Promise<void> = () => Promise.resolve()) {
  const calls = new Map<string, number>();
  const order: string[] = [];
  let [running, most] = [0, 0];
  return {
    order,
    most: () => most,
    podSandboxStats: async ({ podSandboxId: id = "" }) => {
      order.push(id);
      const call = (calls.get(id) ?? 0) + 1;
      calls.set(id, call);
      most = Math.max(most, ++running);
      try {
        await turn();
        await answer(id, call);
      } finally {
        running--;
      }
      const cpu = { timestamp: BigInt(10 * call), usageCoreNanoSeconds: { value: BigInt(5 * call) } };
      return { stats: PodSandboxStats.fromPartial({ attributes: { id }, linux: { cpu } }) } as never;
    },
  };
}

async function measured(
  runtime: ReturnType<typeof runtimeWith>,
  count: number,
  options: PodUsageOptions,
): Promise<readonly PodUsage[]> {
  const usages: PodUsage[] = [];
  for await (const usage of podUsage(runtime, pods(count), options)) usages.push(usage);
  return usages;
}

describe("pods are measured", () => {
  test("one after the other unless a runtime is known to survive more", async () => {
    const runtime = runtimeWith();
    await measured(runtime, 5, { since: 1 });
    expect(runtime.most()).toBe(1);
  });

  test("twice each, at most so many at once, and come in their order", async () => {
    const runtime = runtimeWith();
    const usages = await measured(runtime, 30, { since: 1, concurrency: 8 });
    expect(usages.map(({ pod }) => pod.id)).toEqual(pods(30).map(({ id }) => id));
    expect(new Set(usages.map(({ cpuPercent }) => cpuPercent))).toEqual(new Set([50]));
    expect(runtime.order).toHaveLength(60);
    expect(runtime.most()).toBe(8);
  });

  test("once where an earlier sample is there, and a new pod has no rate yet", async () => {
    const runtime = runtimeWith();
    const before = new Map((await measured(runtime, 2, { since: 0 })).map((usage) => [usage.pod.id, usage]));
    const usages = await measured(runtime, 3, { since: before });
    expect(usages.map(({ cpuPercent }) => cpuPercent)).toEqual([50, 50, undefined]);
    expect(runtime.order).toHaveLength(5);
  });

  test("once where one sample is wanted", async () => {
    const runtime = runtimeWith();
    expect((await measured(runtime, 2, { since: 0 })).map(({ cpuPercent }) => cpuPercent)).toEqual([
      undefined,
      undefined,
    ]);
    expect(runtime.order).toEqual(["pod-0", "pod-1"]);
  });
});

test.each([
  ["containerd", "1.6.20~ds1", 1],
  ["containerd", "v1.5.18", 1],
  ["containerd", "1.6.21", 1],
  ["containerd", "1.6.22", 8],
  ["containerd", "1.7.0", 8],
  ["containerd", "2.1.9+unknown", 8],
  ["containerd", "unknown", 1],
  ["cri-o", "1.6.0", 8],
])("of %s %s %d pods are asked for at once", async (runtimeName, runtimeVersion, expected) => {
  const version = async () => ({ runtimeName, runtimeVersion }) as never;
  expect(await podStatsConcurrency({ version })).toBe(expected);
});

describe("a pod that cannot be measured", () => {
  test("is an answer of its own, and the others are measured", async () => {
    const failure = failed("cgroupPath is empty");
    const runtime = runtimeWith((id) => (id === "pod-1" ? Promise.reject(failure) : Promise.resolve()));
    const usages = await measured(runtime, 3, { since: 1 });
    expect(usages.map(({ cpuPercent }) => cpuPercent)).toEqual([50, undefined, 50]);
    expect(usages[1]).toEqual({ pod: { id: "pod-1" }, failure });
  });

  test("holds no other back, however long it takes", async () => {
    let end = (): void => undefined;
    const hanging = new Promise<void>((resolve) => (end = resolve));
    const runtime = runtimeWith((id) => (id === "pod-0" ? hanging : Promise.resolve()));
    const seen: string[] = [];
    for await (const { pod } of podUsage(runtime, pods(20), { since: 1, concurrency: 8 })) {
      seen.push(pod.id);
      if (seen.length === 19) end();
    }
    expect(seen).toEqual([...pods(20).map(({ id }) => id), "pod-0"].slice(1));
  });

  test("may fail at the second sample as well", async () => {
    const runtime = runtimeWith((_, call) => (call === 2 ? Promise.reject(failed("gone")) : Promise.resolve()));
    expect((await measured(runtime, 1, { since: 1 }))[0]?.failure).toBeInstanceOf(RuntimeFailedError);
  });
});

test.each([
  new UnimplementedError("this runtime does not implement PodSandboxStats"),
  new UnreachableError("socket-missing", "no socket"),
])("what no pod will fare better with ends the measuring: %s", async (failure) => {
  const runtime = runtimeWith(() => Promise.reject(failure));
  await expect(measured(runtime, 100, { since: 1 })).rejects.toBe(failure);
  await turn();
  expect(runtime.order.length).toBeLessThan(100);
});

test("pods that are half measured are finished before others are begun", async () => {
  // The second takes longer than the pause of the first one between its samples.
  const runtime = runtimeWith((id) => (id === "pod-1" ? sleep(20) : Promise.resolve()));
  await measured(runtime, 4, { since: 1, concurrency: 1 });
  expect(runtime.order.slice(0, 3)).toEqual(["pod-0", "pod-1", "pod-0"]);
});

test("a cancelled measurement throws, and asks for no more", async () => {
  const controller = new AbortController();
  const runtime = runtimeWith();
  const usages = measured(runtime, 3, { since: 60_000, signal: controller.signal });
  while (runtime.order.length < 3) await turn();
  await turn();
  controller.abort(new CancelledError("SIGINT"));
  await expect(usages).rejects.toThrow(CancelledError);
  expect(runtime.order).toHaveLength(3);
});

test("who has seen enough ends what is under way", async () => {
  const signals: AbortSignal[] = [];
  const runtime = {
    podSandboxStats: async ({ podSandboxId = "" }, { signal }: { signal?: AbortSignal } = {}) => {
      if (signal !== undefined) signals.push(signal);
      if (podSandboxId === "pod-1") await new Promise((_, reject) => signal?.addEventListener("abort", reject));
      return { stats: PodSandboxStats.fromPartial({}) } as never;
    },
  };
  for await (const _ of podUsage(runtime as never, pods(2), { since: 0, concurrency: 2 })) break;
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
});

describe("why a pod could not be measured", () => {
  test("is told in words, for what containerd answers", () => {
    const cgroup = failed("failed to get cgroup metrics for sandbox 1234 because cgroupPath is empty");
    expect(whyUnmeasured(cgroup)).toMatchObject({
      reason: "it has no cgroup_parent",
      hint: expect.stringContaining("linux.cgroup_parent") as string,
    });
    expect(whyUnmeasured(failed('sandbox container "1234" is not in ready state: unavailable')).reason).toBe(
      "it is not ready",
    );
    expect(whyUnmeasured(failed(`no task ${"ab".repeat(32)}\nand more`)).reason).toBe("no task …");
  });

  test("is told once for all pods of the same reason, and names three of them", () => {
    const without = (name: string): PodUsage => ({
      pod: { id: name, metadata: { name, namespace: "shop", uid: "", attempt: 0 } },
      failure: failed(`sandbox ${name} because cgroupPath is empty`),
    });
    const other: PodUsage = { pod: { id: "x" }, failure: failed("broken") };
    const gone: PodUsage = { pod: { id: "y" }, failure: new NotFoundError("no pod y") };
    const fine: PodUsage = { pod: { id: "z" } };
    const told = unmeasuredPods([...["a", "b", "c", "d", "e"].map(without), other, fine, gone]);
    expect(told.map((failure) => (failure as Error).message)).toEqual([
      "no pod y",
      "no measurements of 5 pod sandboxes (shop/a, shop/b, shop/c and 2 more): it has no cgroup_parent",
      "no measurements of pod sandbox x: broken",
    ]);
  });
});
