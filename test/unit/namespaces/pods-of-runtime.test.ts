import { expect, test } from "vitest";
import type { Line } from "../../../src/cri/connect.ts";
import { NamespaceMode, type NamespaceOption, PodSandboxState } from "../../../src/cri/messages.ts";
import { NotFoundError } from "../../../src/errors.ts";
import { expectationOf, type NamespacePromise, promiseWithin } from "../../../src/namespaces/pod.ts";
import { podsOfRuntime } from "../../../src/namespaces/pods-of-runtime.ts";

const kubelet: NamespacePromise = { network: "POD", ipc: "POD", pid: "CONTAINER", user: "NODE" };

/** A runtime with one pod and its containers, by what it says verbosely of each; `undefined` is one that has gone. */
function runtimeWith(
  options: Partial<NamespaceOption> | undefined,
  containers: Readonly<Record<string, object | undefined>>,
  sandbox: object = { pid: 10 },
): Line {
  const listed = Object.keys(containers).map((id, at) => ({
    id,
    podSandboxId: "pod1",
    metadata: { name: `${id}-name` },
    createdAt: BigInt(at),
  }));
  const stranger = { id: "stranger", podSandboxId: "pod2", createdAt: 0n };
  return {
    runtime: {
      listContainers: async () => ({ containers: [stranger, ...listed.toReversed()] }),
      podSandboxStatus: async ({ podSandboxId }: { podSandboxId: string }) => {
        if (podSandboxId !== "pod1") throw new NotFoundError(`no pod ${podSandboxId}`);
        return {
          status: {
            metadata: { name: "web", namespace: "shop", uid: "web-uid", attempt: 2 },
            state: PodSandboxState.SANDBOX_READY,
            network: { ip: "10.0.0.2", additionalIps: [{ ip: "fd00::2" }] },
            runtimeHandler: "runc",
            linux: { namespaces: { options } },
          },
          info: { info: JSON.stringify(sandbox) },
        };
      },
      containerStatus: async ({ containerId }: { containerId: string }) => {
        const info = containers[containerId];
        if (info === undefined) throw new NotFoundError(`no container ${containerId}`);
        return { status: {}, info: { info: JSON.stringify(info) } };
      },
    },
  } as unknown as Line;
}

/** What containerd keeps of a container's config. */
function asking(namespaceOptions: object): object {
  return { pid: 11, config: { linux: { security_context: { namespace_options: namespaceOptions } } } };
}

async function promiseOf(pod: Partial<NamespaceOption>, info: object): Promise<NamespacePromise | undefined> {
  const [found] = await podsOfRuntime(runtimeWith(pod, { a: info }), ["pod1"]);
  return found?.containers[0]?.promise;
}

test("a pod comes with its own running containers, oldest first, their pids and the pin", async () => {
  const spec = { linux: { namespaces: [{ type: "network", path: "/run/netns/cni-1" }] } };
  const line = runtimeWith({ pid: NamespaceMode.CONTAINER }, { a: { pid: 11 }, b: {} }, { pid: 10, runtimeSpec: spec });
  expect(await podsOfRuntime(line, ["pod1"])).toEqual([
    {
      id: "pod1",
      name: "web",
      namespace: "shop",
      uid: "web-uid",
      attempt: 2,
      state: "ready",
      ips: ["10.0.0.2", "fd00::2"],
      runtimeHandler: "runc",
      promise: { ...kubelet, targetId: undefined },
      asked: undefined,
      sandboxPid: 10,
      pinnedNetnsPath: "/run/netns/cni-1",
      containers: [
        { id: "a", name: "a-name", pid: 11, promise: { ...kubelet, targetId: undefined } },
        { id: "b", name: "b-name", pid: undefined, promise: { ...kubelet, targetId: undefined } },
      ],
    },
  ]);
});

test("a pod that has gone is a failure, unless somebody is there to be told", async () => {
  const line = runtimeWith({}, {});
  await expect(podsOfRuntime(line, ["pod1", "gone"])).rejects.toBeInstanceOf(NotFoundError);
  const gone: string[] = [];
  const pods = await podsOfRuntime(line, ["gone", "pod1"], { onGone: (id) => gone.push(id) });
  expect(pods.map(({ id }) => id)).toEqual(["pod1"]);
  expect(gone).toEqual(["gone"]);
});

test("what a pod was asked for is known where the runtime keeps its config", async () => {
  const config = { linux: { security_context: { namespace_options: { pid: NamespaceMode.NODE } } } };
  const [pod] = await podsOfRuntime(runtimeWith({}, {}, { config }), ["pod1"]);
  expect(pod).toMatchObject({ promise: { pid: "POD" }, asked: { pid: "NODE", network: "POD" } });
});

test("a container that was removed since it was listed is a member without a process, not a failure", async () => {
  const [pod] = await podsOfRuntime(runtimeWith({}, { a: undefined, b: { pid: 12 } }), ["pod1"]);
  expect(pod?.containers.map(({ id, pid }) => [id, pid])).toEqual([
    ["a", undefined],
    ["b", 12],
  ]);
});

test("a pauseless pod has no process of its own, and a pod on the host's network has no pin though one is listed", async () => {
  const spec = { linux: { namespaces: [{ type: "network", path: "/run/netns/host" }] } };
  const [pod] = await podsOfRuntime(runtimeWith({ network: NamespaceMode.NODE }, {}, { pid: 0, runtimeSpec: spec }), [
    "pod1",
  ]);
  expect(pod).toMatchObject({ sandboxPid: undefined, pinnedNetnsPath: undefined });
});

test("pins of other kinds come where the runtime has some, as CRI-O has, and only for what is the pod's own", async () => {
  const namespaces = [
    { type: "network", path: "/run/netns/1" },
    { type: "ipc", path: "/run/ipcns/1" },
    { type: "uts", path: "/run/utsns/1" },
    { type: "user", path: "/proc/7/ns/user" },
    { type: "mount" },
  ];
  const info = { pid: 0, runtimeSpec: { linux: { namespaces } } };
  const pinsOf = async (options: Partial<NamespaceOption>) =>
    (await podsOfRuntime(runtimeWith(options, {}, info), ["pod1"]))[0]?.otherPins;
  expect(await pinsOf({})).toEqual({ ipc: "/run/ipcns/1", uts: "/run/utsns/1" });
  expect(await pinsOf({ ipc: NamespaceMode.NODE })).toEqual({ uts: "/run/utsns/1" });
  expect(await pinsOf({ network: NamespaceMode.NODE, ipc: NamespaceMode.NODE })).toBeUndefined();
});

test("a container is promised what it asked for itself", async () => {
  expect(await promiseOf({ pid: NamespaceMode.POD }, asking({ pid: 1 }))).toMatchObject({ pid: "CONTAINER" });
  expect(await promiseOf({ pid: NamespaceMode.CONTAINER }, asking({ pid: 3, target_id: "a" }))).toMatchObject({
    pid: "TARGET",
    targetId: "a",
  });
});

test("a container that asked for nothing has CRI's zero, the pod's pid namespace, though the pod says CONTAINER", async () => {
  const pod = { pid: NamespaceMode.CONTAINER };
  expect(await promiseOf(pod, { pid: 11, config: {} })).toMatchObject({ network: "POD", pid: "POD" });
  expect(await promiseOf(pod, { pid: 11 })).toMatchObject({ network: "POD", pid: "CONTAINER" }); // CRI-O does not tell
});

test("what a container has of its pod is the host's where the pod is on the host's", async () => {
  const pod = { network: NamespaceMode.NODE, ipc: NamespaceMode.NODE, pid: NamespaceMode.NODE };
  const promise = await promiseOf(pod, asking({}));
  expect(promise).toMatchObject({ network: "NODE", ipc: "NODE", pid: "NODE" });
  expect(expectationOf("uts", promise!, "container")).toEqual({ relation: "same-as-host" });
  expect(promiseWithin({ ...kubelet, pid: "NODE" }, kubelet)).toMatchObject({ pid: "CONTAINER" }); // its own, it asked
});

test("a pod's user namespace is its containers' too, though they say nothing of it", () => {
  expect(promiseWithin({ ...kubelet, user: "POD" }, kubelet).user).toBe("POD");
});

test.each([
  ["net", "same-as-pod", "same-as-host"],
  ["uts", "same-as-pod", "same-as-host"],
  ["ipc", "same-as-pod", "same-as-host"],
  ["user", "same-as-pod", "same-as-host"],
  ["mnt", "private", "private"],
  ["cgroup", "not-promised", "not-promised"],
  ["time", "not-promised", "not-promised"],
] as const)("%s: POD promises %s, NODE %s, to the sandbox and to containers alike", (kind, pods, hosts) => {
  const all = (mode: "POD" | "NODE"): NamespacePromise => ({ network: mode, ipc: mode, pid: mode, user: mode });
  for (const member of ["sandbox", "container"] as const) {
    expect(expectationOf(kind, all("POD"), member).relation).toBe(pods);
    expect(expectationOf(kind, all("NODE"), member).relation).toBe(hosts);
  }
});
