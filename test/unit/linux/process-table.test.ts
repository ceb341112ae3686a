import { readFileSync, readlinkSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseProcessStat } from "../../../src/linux/process.ts";
import { processTable } from "../../../src/linux/process-table.ts";
import { ProcTree } from "../namespaces/proc-tree.ts";

test("every process has its namespaces and its cgroups, in the order of the pids", async () => {
  using tree = new ProcTree([
    { pid: 20, namespaces: { net: "pod" }, cgroup: "/k8s.io/web", comm: "a (b) c" },
    { pid: 3, namespaces: { net: "pod" } },
  ]);
  const table = await processTable(tree.root);
  expect(table.map(({ pid, comm, startTimeTicks }) => [pid, comm, startTimeTicks])).toEqual([
    [1, "sleep", 101n],
    [3, "sleep", 103n],
    [20, "a (b) c", 120n],
  ]);
  const [host, helper, web] = table;
  expect(web?.namespaces.net).toEqual(helper?.namespaces.net);
  expect(web?.namespaces.net).not.toEqual(host?.namespaces.net);
  expect(web?.cgroups).toContainEqual({ hierarchy: 0, controllers: [], path: "/k8s.io/web" });
});

test("what has died shows nothing, and what is gone or half gone is left out", async () => {
  using tree = new ProcTree([{ pid: 5, state: "Z" }, { pid: 6 }, { pid: 7 }]);
  rmSync(join(tree.root, "6", "stat"));
  rmSync(join(tree.root, "7", "ns"), { recursive: true });
  const table = await processTable(tree.root);
  expect(table.map(({ pid, hidden }) => [pid, hidden])).toEqual([
    [1, undefined],
    [5, "dead"],
  ]);
  expect(table[1]?.namespaces).toEqual({});
});

test("a thread of the kernel is told from a program by its flags", () => {
  const line = (flags: number): string => `2 (kthreadd) S 0 0 0 0 -1 ${flags} 0 0 0 0 0 0 0 0 20 0 1 0 5 0 0`;
  expect(parseProcessStat(line(0x208040))).toMatchObject({ isKernelThread: true, startTimeTicks: 5n });
  expect(parseProcessStat(line(0x400040))).toMatchObject({ isKernelThread: false });
});

test("this machine's own table has this process, with the namespaces that its links show", async () => {
  const own = (await processTable()).find(({ pid }) => pid === process.pid);
  expect(own?.comm).toBe(readFileSync("/proc/self/comm", "utf8").trim());
  expect(`net:[${own?.namespaces.net?.ino}]`).toBe(readlinkSync("/proc/self/ns/net"));
  expect(own?.hidden).toBeUndefined();
});
