import { expect, test } from "vitest";
import { Container, ContainerState } from "../../../src/cri/messages.ts";
import type { NamespaceId } from "../../../src/linux/namespace.ts";
import type { ProcessEntry } from "../../../src/linux/process-table.ts";
import type { MeasuredPod, Member, Namespaces } from "../../../src/namespaces/measure.ts";
import { buildTree } from "../../../src/tree/build-tree.ts";
import { identity } from "../namespaces/pod-to-measure.ts";

const id = (ino: bigint): NamespaceId => ({ dev: 4n, ino });
const host: Namespaces = { net: id(1n), ipc: id(2n), pid: id(3n), mnt: id(4n), uts: id(5n), user: id(6n) };
const own: Namespaces = { ...host, net: id(11n), ipc: id(12n), uts: id(15n), pid: id(13n), mnt: id(14n) };
const [sandboxId, webId] = ["a1".repeat(32), "b2".repeat(32)];

function member(kind: Member["kind"], memberId: string, pid: number, namespaces: Namespaces): Member {
  const found = { measured: true, namespaces, startTimeTicks: 1n } as const;
  return { kind, id: memberId, name: kind === "sandbox" ? "pod" : "web", pid, promise: identity.promise, found };
}

function entry(pid: number, parentPid: number, owner: string, namespaces: Namespaces): ProcessEntry {
  const cgroups = [{ hierarchy: 0, controllers: [], path: `/k8s.io/${owner}` }];
  return {
    pid,
    parentPid,
    comm: `c${pid}`,
    state: "S",
    startTimeTicks: BigInt(pid),
    isKernelThread: false,
    cgroups,
    namespaces,
  };
}

const webNamespaces: Namespaces = { ...own, pid: id(23n), mnt: id(24n) };
const pod: MeasuredPod = {
  ...identity,
  id: sandboxId,
  pin: { path: "/run/netns/cni-1", id: id(11n) },
  members: [member("sandbox", sandboxId, 10, own), member("container", webId, 20, webNamespaces)],
};

const sources = {
  endpoint: "unix:///run/test.sock",
  pods: [pod],
  host,
  resting: [],
  processes: [
    entry(10, 9, sandboxId, own),
    entry(20, 9, webId, webNamespaces),
    entry(21, 20, webId, webNamespaces),
    entry(22, 21, webId, { ...webNamespaces, net: id(1n) }),
    entry(15, 9, webId, webNamespaces), // an exec, whose pid is lower than the first one's
    entry(30, 1, "c3".repeat(32), host),
  ],
  commands: new Map([[20, ["sh", "-c", "x"]]]),
};

test("processes are below the one that started them, the first one first; what is of no pod is left out", () => {
  const [tree] = buildTree(sources).pods;
  const [web] = tree?.containers ?? [];
  expect(tree?.sandbox).toMatchObject({ pid: 10, differs: [], processes: [{ pid: 10 }] });
  expect(web?.processes).toMatchObject([
    {
      pid: 20,
      command: ["sh", "-c", "x"],
      children: [{ pid: 21, differs: [], children: [{ pid: 22, differs: ["net"], children: [] }] }],
    },
    { pid: 15, children: [] },
  ]);
  expect(web).toMatchObject({ differs: ["pid", "mnt"], broken: {} });
});

test("a first process that something of the same member has started is there once", () => {
  const odd = [entry(10, 9, sandboxId, own), entry(15, 9, webId, webNamespaces), entry(20, 15, webId, webNamespaces)];
  const [web] = buildTree({ ...sources, processes: odd }).pods[0]?.containers ?? [];
  expect(web?.processes).toMatchObject([
    { pid: 20, children: [] },
    { pid: 15, children: [] },
  ]);
});

test("the anchor is the pin, and a lost pin is told beside the witness that takes its place", () => {
  expect(buildTree(sources).pods[0]).toMatchObject({
    anchor: { source: "pinned", path: "/run/netns/cni-1" },
    lostPin: null,
  });
  const lost = { ...pod, pin: { path: "/run/netns/cni-1", reason: "nothing is mounted on it" } };
  expect(buildTree({ ...sources, pods: [lost] }).pods[0]).toMatchObject({
    anchor: { source: "sandbox", pid: 10 },
    lostPin: "nothing is mounted on it",
  });
});

test("what is not as promised is marked by its kind, with the reason", () => {
  const stray = member("container", webId, 20, { ...webNamespaces, net: id(1n), uts: id(99n) });
  const [tree] = buildTree({ ...sources, pods: [{ ...pod, members: [pod.members[0] as Member, stray] }] }).pods;
  expect(tree?.containers[0]).toMatchObject({
    differs: ["net", "uts", "pid", "mnt"],
    broken: { net: "it is the host's", uts: "it is not the pod's" },
  });
});

test("a pod on the host's network has no anchor, one without a process no sandbox, and what rests no pid", () => {
  const onHost = { ...pod, promise: { ...identity.promise, network: "NODE" as const }, pin: undefined };
  expect(buildTree({ ...sources, pods: [onHost] }).pods[0]).toMatchObject({ onHostNetwork: true, anchor: null });
  const resting = [
    Container.fromPartial({
      id: "x",
      podSandboxId: sandboxId,
      metadata: { name: "done" },
      state: ContainerState.CONTAINER_EXITED,
    }),
    Container.fromPartial({ id: "y", podSandboxId: "other" }),
  ];
  const [tree] = buildTree({ ...sources, resting, pods: [{ ...pod, members: pod.members.slice(1) }] }).pods;
  expect(tree?.sandbox).toBeNull();
  expect(tree?.containers.map(({ name, state, pid }) => [name, state, pid])).toEqual([
    ["web", "running", 20],
    ["done", "exited", null],
  ]);
});
