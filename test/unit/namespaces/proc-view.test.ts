import { rmSync, symlinkSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type MeasuredPod, measurePods, type MeasureOptions } from "../../../src/namespaces/measure.ts";
import type { PodToMeasure } from "../../../src/namespaces/pod.ts";
import { podToMeasure } from "./pod-to-measure.ts";
import { type FakeProcess, ProcTree } from "./proc-tree.ts";

function processOf(pid: number, id: string, cgroup = `/k8s.io/${id}`): FakeProcess {
  return { pid, namespaces: { net: id, ipc: id, uts: id, pid: id, mnt: id }, cgroup };
}

function podOf(id: string, pid: number, change: Partial<PodToMeasure> = {}): PodToMeasure {
  return podToMeasure({ id, name: id, sandboxPid: pid, ...change });
}

/** Puts crikit into a pid namespace of its own, as in a container without the host's. */
function nest(tree: ProcTree): void {
  rmSync(`${tree.root}/1/ns/pid`);
  symlinkSync("pid:[4026532999]", `${tree.root}/1/ns/pid`);
}

async function reasons(tree: ProcTree, pods: readonly PodToMeasure[], options: MeasureOptions = {}) {
  const measured: readonly MeasuredPod[] = await measurePods(pods, { proc: tree.root, ...options });
  return measured.map(({ members }) => members.map(({ found }) => (found.measured ? "measured" : found.reason)));
}

test("in a pid namespace of its own crikit believes no pid, though the runtime confirms each", async () => {
  using tree = new ProcTree([processOf(10, "a", "/user.slice")]);
  const pods = [podOf("a", 10), podOf("b", 20)];
  const pidNow: MeasureOptions["pidNow"] = async ({ id }) => (id === "a" ? 10 : 20);
  expect(await reasons(tree, pods, { pidNow })).toEqual([["measured"], ["process 20 is gone"]]);
  nest(tree);
  expect(await reasons(tree, pods, { pidNow })).toEqual([
    [expect.stringMatching(/process 10 is not to be found: crikit is in a pid namespace of its own.*hostPID: true/u)],
    [expect.stringContaining("process 20 is not to be found")],
  ]);
});

test("a runtime in the same pid namespace is believed as soon as one process is in its container's cgroup", async () => {
  using tree = new ProcTree([processOf(10, "a"), processOf(20, "b", "/")]);
  nest(tree);
  const pidNow = async (): Promise<number> => 20;
  expect(await reasons(tree, [podOf("a", 10), podOf("b", 20)], { pidNow })).toEqual([["measured"], ["measured"]]);
});

test("where procfs hides other users' processes, that is said", async () => {
  using tree = new ProcTree([]);
  tree.end(1);
  expect(await reasons(tree, [podOf("a", 10)])).toEqual([[expect.stringContaining("hidepid")]]);
});

test("one process for several members is a virtual machine's, and measured for none of them", async () => {
  using tree = new ProcTree([processOf(10, "a"), processOf(30, "c")]);
  const { promise } = podToMeasure({});
  const inVm = podOf("a", 10, { containers: [{ id: "web", name: "web", pid: 10, promise }] });
  const vm = expect.stringContaining("virtual machine");
  expect(await reasons(tree, [inVm, podOf("c", 30)])).toEqual([[vm, vm], ["measured"]]);
  expect(await reasons(tree, [podOf("c", 30), podOf("c", 30)])).toEqual([["measured"], ["measured"]]); // asked for twice
});

test("a stranger that was started at another time than the runtime says is not believed, whatever the runtime says", async () => {
  using tree = new ProcTree([{ ...processOf(10, "a", "/user.slice"), startTimeTicks: 50_000 }]);
  writeFileSync(`${tree.root}/stat`, "cpu 1 2\nbtime 1000000\nprocesses 5\n");
  const startedAt = (seconds: bigint) => [podOf("a", 10, { sandboxStartedAtNs: seconds * 1_000_000_000n })];
  const pidNow = async (): Promise<number> => 10;
  expect(await reasons(tree, startedAt(1_000_501n), { pidNow })).toEqual([["measured"]]);
  expect(await reasons(tree, startedAt(1_002_000n), { pidNow })).toEqual([
    ["process 10 belongs to no cgroup of a, and was started at another time than the runtime says"],
  ]);
});

test("a running container without a pid is said to have none here", async () => {
  using tree = new ProcTree([processOf(10, "a")]);
  const { promise } = podToMeasure({});
  const pods = [podOf("a", 10, { containers: [{ id: "web", name: "web", promise }] })];
  expect(await reasons(tree, pods)).toEqual([
    ["measured", "the runtime names no process of it: it does not run, or not on this machine"],
  ]);
});
