import { execFileSync } from "node:child_process";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { expect, test } from "vitest";
import { CancelledError, DeadlineExceededError } from "../../../src/errors.ts";
import { type Found, type MeasuredPod, measurePods } from "../../../src/namespaces/measure.ts";
import type { NamespacePromise, PodToMeasure } from "../../../src/namespaces/pod.ts";
import { judge } from "../../../src/namespaces/verdict.ts";
import { namespacesOf } from "../../../src/linux/namespace.ts";
import { podToMeasure } from "./pod-to-measure.ts";
import { ProcTree } from "./proc-tree.ts";

const promise: NamespacePromise = { network: "POD", ipc: "POD", pid: "CONTAINER", user: "NODE" };

function podOf(id: string, pid: number): PodToMeasure {
  return podToMeasure({ id, name: id, promise, sandboxPid: pid });
}

function processOf(pid: number, id: string): { pid: number; namespaces: Record<string, string>; cgroup: string } {
  return { pid, namespaces: { net: id, ipc: id, uts: id, pid: id, mnt: id }, cgroup: `/k8s.io/${id}` };
}

/** Makes whoever reads a file of the tree wait until it is let go; later readers find `text` without waiting. */
async function hold(path: string, text: string): Promise<{ readonly letGo: () => Promise<void> }> {
  rmSync(path);
  execFileSync("mkfifo", [path]);
  const opened = open(path, "w"); // settles when the reader is there
  return {
    letGo: async () => {
      const pipe = await opened;
      writeFileSync(`${path}.new`, text);
      renameSync(`${path}.new`, path);
      await pipe.writeFile(text);
      await pipe.close();
    },
  };
}

/** Long enough for everything that nobody holds to be read. */
const aWhile = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 100));

function found([pod]: readonly MeasuredPod[]): Found | undefined {
  return pod?.members[0]?.found;
}

test("a namespace that ended before another was made with its number is not compared with it", async () => {
  using tree = new ProcTree([processOf(10, "early"), processOf(20, "late")]);
  const { letGo } = await hold(`${tree.root}/20/stat`, readFileSync(`${tree.root}/20/stat`, "utf8"));
  const measuring = measurePods([podOf("early", 10), podOf("late", 20)], { proc: tree.root });
  await aWhile(); // the early one has been read; now it ends, and its numbers go to the late one
  rmSync(`${tree.root}/20/ns`, { recursive: true });
  renameSync(`${tree.root}/10/ns`, `${tree.root}/20/ns`);
  tree.end(10);
  await letGo();
  const measured = await measuring;
  expect(found(measured)).toEqual({ measured: false, reason: "process 10 ended while it was measured" });
  const { verdict, findings } = judge(measured, await namespacesOf(1, tree.root));
  expect(findings.filter(({ ok }) => ok === false)).toEqual([]);
  expect(verdict).toBe("unmeasured");
});

test("a process that becomes a zombie while it is measured is not measured", async () => {
  using tree = new ProcTree([processOf(10, "a")]);
  const { letGo } = await hold(`${tree.root}/10/cgroup`, "0::/k8s.io/a\n");
  const measuring = measurePods([podOf("a", 10)], { proc: tree.root });
  await aWhile();
  const stat = `${tree.root}/10/stat`;
  writeFileSync(stat, readFileSync(stat, "utf8").replace(" S ", " Z "));
  await letGo();
  expect(found(await measuring)).toEqual({ measured: false, reason: "process 10 ended while it was measured" });
});

test("a runtime that cannot be asked about a stranger is a reason, not a failure; giving up is", async () => {
  using tree = new ProcTree([{ ...processOf(10, "a"), cgroup: "/user.slice" }]);
  const asked = (error: Error) =>
    measurePods([podOf("a", 10)], { proc: tree.root, pidNow: () => Promise.reject(error) });
  expect(found(await asked(new DeadlineExceededError("PodSandboxStatus took too long")))).toEqual({
    measured: false,
    reason: "process 10 belongs to no cgroup of a, and the runtime was asked in vain: PodSandboxStatus took too long",
  });
  await expect(asked(new CancelledError("given up"))).rejects.toBeInstanceOf(CancelledError);
});

test("a process whose cgroup names its container is believed without asking the runtime", async () => {
  using tree = new ProcTree([processOf(10, "a")]);
  const pidNow = (): never => expect.unreachable();
  expect(found(await measurePods([podOf("a", 10)], { proc: tree.root, pidNow }))).toMatchObject({ measured: true });
});

test("the sandbox is no member without a process, and its containers are measured all the same", async () => {
  using tree = new ProcTree([processOf(11, "web")]);
  const pod = { ...podOf("a", 0), sandboxPid: undefined, containers: [{ id: "web", name: "web", pid: 11, promise }] };
  const measured = await measurePods([pod], { proc: tree.root });
  expect(measured[0]?.members.map(({ kind, name }) => [kind, name])).toEqual([["container", "web"]]);
  expect(found(measured)).toMatchObject({ measured: true, startTimeTicks: 111n });
});

test("a pin that shows no namespace is told with its path and the reason", async () => {
  using tree = new ProcTree([processOf(10, "a")]);
  const pinnedNetnsPath = `${tree.root}/10/stat`;
  const [pod] = await measurePods([{ ...podOf("a", 10), pinnedNetnsPath }], { proc: tree.root });
  expect(pod?.pin).toEqual({ path: pinnedNetnsPath, reason: expect.stringContaining("is not a namespace") });
});

test("everything that /proc does not have is left out, not invented", async () => {
  using tree = new ProcTree([processOf(10, "a")]);
  rmSync(`${tree.root}/10/ns/time`); // a kernel before 5.6
  rmSync(`${tree.root}/1/ns/time`);
  const measured = await measurePods([podOf("a", 10)], { proc: tree.root });
  const { findings } = judge(measured, await namespacesOf(1, tree.root));
  expect(findings.map(({ namespace }) => namespace)).not.toContain("time");
  expect(findings.map(({ ok }) => ok)).not.toContain(null);
});
