import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { expect, test } from "vitest";
import type { ContainerToMeasure, NamespacePromise, PodToMeasure } from "../../../src/namespaces/pod.ts";
import { type NamespaceReport, reportOn } from "../../../src/namespaces/report.ts";
import { podToMeasure } from "./pod-to-measure.ts";
import { type FakeProcess, ProcTree } from "./proc-tree.ts";

const kubelet: NamespacePromise = { network: "POD", ipc: "POD", pid: "CONTAINER", user: "NODE" };

/** The namespaces of a member of pod `name`, as a right runtime makes them. */
function inPod(name: string, own: string): FakeProcess["namespaces"] & object {
  return { net: name, ipc: name, uts: name, pid: own, mnt: own };
}

function process(pid: number, id: string, namespaces: FakeProcess["namespaces"] & object): FakeProcess {
  return { pid, namespaces, cgroup: `/k8s.io/${id}` };
}

const rightPod = [
  process(10, "sandbox1", inPod("a", "pause")),
  process(11, "web1", inPod("a", "web")),
  process(12, "probe1", inPod("a", "probe")),
];

function pod(change: Partial<PodToMeasure> = {}): PodToMeasure {
  return podToMeasure({
    id: "sandbox1",
    name: "a",
    sandboxPid: 10,
    containers: [container("web1", 11), container("probe1", 12)],
    ...change,
  });
}

function container(id: string, pid: number | undefined, promise = kubelet): ContainerToMeasure {
  return { id, name: id.slice(0, -1), pid, promise };
}

async function report(
  processes: readonly FakeProcess[],
  pods: readonly PodToMeasure[],
  options: { readonly pidNow?: (member: { readonly id: string }) => Promise<number | undefined> } = {},
): Promise<NamespaceReport> {
  using tree = new ProcTree(processes);
  return await reportOn(pods, { proc: tree.root, ...options });
}

function wrong({ findings }: NamespaceReport): readonly string[] {
  return findings
    .filter(({ ok }) => ok !== true)
    .map(({ name, namespace, ok, reason }) => `${name} ${namespace} ${ok} ${reason}`);
}

test("a pod as kubelet makes it holds", async () => {
  const result = await report(rightPod, [pod()]);
  expect(wrong(result)).toEqual([]);
  expect(result.verdict).toBe("holds");
});

test.each(["net", "ipc", "uts"] as const)(
  "a container in another %s namespace breaks the verdict and is named",
  async (kind) => {
    const stray = process(12, "probe1", { ...inPod("a", "probe"), [kind]: "elsewhere" });
    const result = await report([...rightPod.slice(0, 2), stray], [pod()]);
    expect(result.verdict).toBe("broken");
    expect(wrong(result)).toEqual([`probe ${kind} false null`]);
  },
);

test("a pid namespace that should be private and is shared breaks it, for both who share it", async () => {
  const sharer = process(12, "probe1", { ...inPod("a", "probe"), pid: "web" });
  const result = await report([...rightPod.slice(0, 2), sharer], [pod()]);
  expect(result.verdict).toBe("broken");
  expect(wrong(result)).toEqual(["web pid false probe has the same", "probe pid false web has the same"]);
});

test("a pid namespace that is the sandbox's, or the host's, is not private", async () => {
  const sandboxs = process(12, "probe1", { ...inPod("a", "probe"), pid: "pause" });
  expect(wrong(await report([...rightPod.slice(0, 2), sandboxs], [pod()]))).toContain("probe pid false a has the same");
  const { pid: _, ...hosts } = inPod("a", "probe");
  expect(wrong(await report([...rightPod.slice(0, 2), process(12, "probe1", hosts)], [pod()]))).toEqual([
    "probe pid false the host has the same",
  ]);
});

test("a shared pid namespace is right where the pod asked for one", async () => {
  const promise = { ...kubelet, pid: "POD" } as const;
  const processes = [
    process(10, "sandbox1", { ...inPod("a", "pause"), pid: "pause" }),
    process(11, "web1", { ...inPod("a", "web"), pid: "pause" }),
  ];
  const result = await report(processes, [pod({ promise, containers: [container("web1", 11, promise)] })]);
  expect(wrong(result)).toEqual([]);
  const apart = [processes[0]!, process(11, "web1", inPod("a", "web"))];
  expect((await report(apart, [pod({ promise, containers: [container("web1", 11, promise)] })])).verdict).toBe(
    "broken",
  );
});

test("a container that targets another has that one's pid namespace, and neither is blamed for it", async () => {
  const debug = process(13, "debug1", { ...inPod("a", "debug"), pid: "web" });
  const promise = { ...kubelet, pid: "TARGET", targetId: "web1" } as const;
  const containers = [container("web1", 11), container("debug1", 13, promise)];
  expect(wrong(await report([...rightPod, debug], [pod({ containers })]))).toEqual([]);
  const missed = process(13, "debug1", { ...inPod("a", "debug"), pid: "debug" });
  expect(wrong(await report([...rightPod, missed], [pod({ containers })]))).toEqual(["debug pid false null"]);
});

test("a pod on the host's network has the host's net and uts, and is broken if it has its own", async () => {
  const promise = { ...kubelet, network: "NODE" } as const;
  const own = { ipc: "a", mnt: "web", pid: "web" };
  const processes = [process(10, "sandbox1", { ...own, pid: "pause", mnt: "pause" }), process(11, "web1", own)];
  const asked = pod({ promise, containers: [container("web1", 11, promise)] });
  expect(wrong(await report(processes, [asked]))).toEqual([]);
  const apart = [processes[0]!, process(11, "web1", { ...own, net: "a" })];
  expect(wrong(await report(apart, [asked]))).toEqual(["web net false null"]);
});

test("a pod that should have its own network and has the host's is broken, though all its members agree", async () => {
  const onHost = rightPod.map((one) => ({ ...one, namespaces: { ...one.namespaces, net: "host" } }));
  const result = await report(onHost, [pod()]);
  expect(result.verdict).toBe("broken");
  expect(wrong(result)).toContain("web net false it is the host's");
});

test("two pods in one network namespace are both broken", async () => {
  const twin = [
    process(20, "sandbox2", { ...inPod("b", "pause2"), net: "a" }),
    process(21, "app2", { ...inPod("b", "app"), net: "a" }),
  ];
  const other = pod({ id: "sandbox2", name: "b", sandboxPid: 20, containers: [container("app2", 21)] });
  expect(wrong(await report([...rightPod, ...twin], [pod(), other]))).toEqual([
    "a net false pod b has the same",
    "b net false pod a has the same",
  ]);
});

test("a member that has ended is reported, not guessed, and leaves no verdict", async () => {
  const result = await report(rightPod.slice(0, 2), [pod()]);
  expect(result.verdict).toBe("unmeasured");
  expect(result.pods[0]?.members[2]).toMatchObject({ name: "probe", reason: "process 12 is gone", namespaces: {} });
});

test("a zombie is not measured", async () => {
  const dead = { ...rightPod[2]!, state: "Z" };
  const result = await report([...rightPod.slice(0, 2), dead], [pod()]);
  expect(result.verdict).toBe("unmeasured");
  expect(result.pods[0]?.members[2]?.reason).toBe("process 12 has died");
});

test("a break is a break, also beside a member that could not be measured", async () => {
  const stray = process(11, "web1", { ...inPod("a", "web"), net: "elsewhere" });
  expect((await report([rightPod[0]!, stray], [pod()])).verdict).toBe("broken");
});

test("a recycled pid is not believed: its cgroup is another's and the runtime does not confirm it", async () => {
  const stranger = { ...rightPod[2]!, cgroup: "/user.slice" };
  const result = await report([...rightPod.slice(0, 2), stranger], [pod()], { pidNow: async () => 99 });
  expect(result.verdict).toBe("unmeasured");
  expect(result.pods[0]?.members[2]?.reason).toMatch(/belongs to no cgroup of probe1/u);
});

test("a pid whose cgroup says nothing is believed when the runtime confirms it", async () => {
  const nested = { ...rightPod[2]!, cgroup: "/" };
  expect((await report([...rightPod.slice(0, 2), nested], [pod()], { pidNow: async () => 12 })).verdict).toBe("holds");
});

test("a process that is replaced while it is measured is noticed by its start time", async () => {
  using tree = new ProcTree(rightPod);
  const cgroup = `${tree.root}/12/cgroup`;
  rmSync(cgroup);
  execFileSync("mkfifo", [cgroup]); // whoever reads it waits here, between the two looks at the start time
  const measuring = reportOn([pod()], { proc: tree.root });
  const pipe = await open(cgroup, "w"); // settles when the reader is there
  writeFileSync(`${tree.root}/12/stat`, readFileSync(`${tree.root}/12/stat`, "utf8").replace(" 112 ", " 9999 "));
  await pipe.writeFile("0::/k8s.io/probe1\n");
  await pipe.close();
  const { pods, verdict } = await measuring;
  expect(verdict).toBe("unmeasured");
  expect(pods[0]?.members[2]?.reason).toBe("process 12 ended while it was measured");
});

test("a pauseless pod is anchored by what its containers agree on, which is said to be weaker", async () => {
  const { pods, verdict } = await report(rightPod.slice(1), [pod({ sandboxPid: undefined })]);
  expect(verdict).toBe("holds");
  expect(pods[0]?.anchor).toEqual({ source: "containers", path: null, pid: null });
});

test("one container alone cannot vouch for itself", async () => {
  const alone = pod({ sandboxPid: undefined, containers: [container("web1", 11)] });
  expect((await report(rightPod, [alone])).verdict).toBe("unmeasured");
});

test("a pod without any member is no evidence", async () => {
  expect((await report([], [pod({ sandboxPid: undefined, containers: [] })])).verdict).toBe("unmeasured");
});

test("a pin that is no namespace any more is said, and the sandbox's process anchors instead", async () => {
  using tree = new ProcTree(rightPod);
  const { pods } = await reportOn([pod({ pinnedNetnsPath: `${tree.root}/1/stat` })], { proc: tree.root });
  expect(pods[0]?.anchor).toEqual({ source: "sandbox", path: null, pid: 10 });
});

test("device and inode are decimal strings, because doubles round them", async () => {
  const { pods } = await report(rightPod, [pod()]);
  const net = pods[0]?.members[1]?.namespaces.net;
  expect(net).toEqual({ dev: expect.stringMatching(/^\d+$/u), ino: expect.stringMatching(/^\d+$/u), id: net?.ino });
});
