import { execFileSync } from "node:child_process";
import { existsSync, lstatSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Connection } from "../../src/cri/connect.ts";
import { NamespaceMode } from "../../src/cri/messages.ts";
import { HostError, NotFoundError } from "../../src/errors.ts";
import { busyboxImage } from "../../src/images/lab-images.ts";
import { Lab } from "../../src/lab/lab.ts";
import { nameNetns, sweepNetnsNames, unnameNetns } from "../../src/linux/netns-name.ts";
import { processStat } from "../../src/linux/process.ts";
import { addressesIn, filesIn, type NetnsInterface, type NetnsRoute, routesIn } from "../../src/netns/inside.ts";
import { listNetns } from "../../src/netns/list-netns.ts";
import { netnsNames } from "../../src/netns/names.ts";
import type { NetworkNamespace } from "../../src/netns/network-namespace.ts";
import { netnsOfPod } from "../../src/netns/pod-netns.ts";
import { interfacesOfProcfs, routesOfProcfs } from "../../src/netns/procfs.ts";
import { resolveNetns } from "../../src/netns/resolve-netns.ts";
import { socketsIn } from "../../src/netns/sockets.ts";
import type { Container } from "../../src/sandbox/container.ts";
import { PodSandbox } from "../../src/sandbox/pod-sandbox.ts";
import { removePodSandbox } from "../../src/sandbox/remove-pod-sandbox.ts";
import { containerds } from "./labs.ts";
import { lsns } from "./lsns.ts";

const suffix = `netns-test-${process.pid}`;

function json<Data>(program: string, ...args: readonly string[]): Data {
  return JSON.parse(execFileSync(program, args, { encoding: "utf8" })) as Data;
}

describe.each(containerds)("the network namespaces of $name", ({ path }) => {
  let lab: Lab;
  let line: Connection;
  let pod: PodSandbox;
  let server: Container;
  beforeAll(async () => {
    lab = await Lab.start({ name: suffix, containerd: path, ephemeral: true });
    line = await lab.connect();
    pod = await PodSandbox.run(line, { name: suffix, namespace: "shop" });
    const command = ["sh", "-c", "nc -l -p 8080 & nc -l -p 8081 & wait"];
    server = await pod.start({ name: "server", image: busyboxImage, command });
  });
  afterAll(async () => {
    line.close();
    await lab.down();
  });

  const connect = async () => ({ ...line, call: {} });
  async function own(): Promise<NetworkNamespace> {
    const { namespaces } = await listNetns({ line, nowMs: Date.now() });
    const found = namespaces.find(({ pods }) => pods.some(({ id }) => id === pod.id));
    if (found === undefined) throw new Error("the pod's network namespace is not listed");
    return found;
  }

  test("a pod's is listed with its pin, and its processes are those that lsns counts", async () => {
    const netns = await netnsOfPod(line, pod.id);
    const found = await own();
    expect(found).toMatchObject({
      id: `${netns.id.dev}:${netns.id.ino}`,
      owner: { kind: "pod", name: `shop/${suffix}` },
      pins: [{ path: netns.path, by: "runtime" }],
      names: [],
      orphan: null,
    });
    const theirs = (await lsns("--type=net")).find(({ ns }) => String(ns) === found.inode);
    expect({ count: theirs?.nprocs, pid: theirs?.pid }).toEqual({
      count: found.processes.count,
      pid: found.processes.first?.pid,
    });
    expect(found.processes.count).toBeGreaterThanOrEqual(4);
  });

  test("without a runtime it is told by the cgroup, and the host's is marked", async () => {
    const { namespaces } = await listNetns({ nowMs: Date.now() });
    const { inode } = await own();
    const found = namespaces.find((each) => each.inode === inode);
    expect(found?.owner.kind).toBe("container");
    const [host] = await lsns("--type=net", `--task=${process.pid}`);
    expect(namespaces.filter(({ owner }) => owner.kind === "host").map((each) => each.inode)).toEqual([
      String(host?.ns),
    ]);
  });

  test("a name is what ip netns shows and enters, and goes with the pod", async () => {
    const second = await PodSandbox.run(line, { name: `${suffix}-2`, namespace: "shop" });
    const { path: pin } = await netnsOfPod(line, second.id);
    await nameNetns({ name: `${suffix}-2`, pin, keep: true });
    expect(json<{ name: string }[]>("ip", "-j", "netns").map(({ name }) => name)).toContain(`${suffix}-2`);
    const inside = json<NetnsInterface[]>("ip", "-n", `${suffix}-2`, "-j", "addr");
    const { status } = await line.runtime.podSandboxStatus({ podSandboxId: second.id });
    expect(inside.flatMap(({ addr_info: all }) => all.map(({ local }) => local))).toContain(status?.network?.ip);
    expect((await netnsNames()).find(({ name }) => name === `${suffix}-2`)).toMatchObject({
      by: "crikit",
      state: "in use",
    });
    const namesake = await resolveNetns(`${suffix}-2`, () => expect.unreachable());
    expect(await addressesIn(namesake)).toEqual(inside);
    await removePodSandbox(line, second);
    expect(existsSync(`/run/netns/${suffix}-2`)).toBe(false);
    expect((await netnsNames()).map(({ name }) => name)).not.toContain(`${suffix}-2`);
  });

  test("the name of a pod that somebody else removed is over, and is swept", async () => {
    const second = await PodSandbox.run(line, { name: `${suffix}-3` });
    try {
      const { path: pin } = await netnsOfPod(line, second.id);
      await nameNetns({ name: `${suffix}-3`, pin, keep: true });
      await line.runtime.stopPodSandbox({ podSandboxId: second.id });
      await line.runtime.removePodSandbox({ podSandboxId: second.id });
      // Undefined when another test has removed a pod meanwhile: with that go all names that are over.
      expect(["over", undefined]).toContain((await netnsNames()).find(({ name }) => name === `${suffix}-3`)?.state);
      await sweepNetnsNames();
      expect(existsSync(`/run/netns/${suffix}-3`)).toBe(false);
    } finally {
      await second.remove(); // the cgroup that crikit gave it
    }
  });

  test("what has no pin is named by a process that still is the same one, and by no other", async () => {
    const { pid = 0 } = (await server.details()).verbose;
    const startTimeTicks = (await processStat(pid))?.startTimeTicks ?? 0n;
    const given = { name: `${suffix}-4`, pin: `/proc/${pid}/ns/net` };
    await expect(nameNetns({ ...given, holder: { pid, startTimeTicks: startTimeTicks + 1n } })).rejects.toThrow(
      "has ended",
    );
    await nameNetns({ ...given, holder: { pid, startTimeTicks }, keep: true });
    expect((await own()).names).toEqual([{ name: `${suffix}-4`, by: "crikit" }]);
    expect(await unnameNetns(`${suffix}-4`)).toBe(true);
    expect((await own()).names).toEqual([]);
  });

  test("a link that was planted in the place of a name is neither followed nor taken away", async () => {
    const { path: pin } = await netnsOfPod(line, pod.id);
    await using held = await nameNetns({ name: `${suffix}-5`, pin });
    const planted = held.path.replace(/-5$/u, "-6");
    symlinkSync("/etc/hostname", planted);
    try {
      await expect(nameNetns({ name: `${suffix}-6`, pin })).rejects.toThrow("is there already");
      expect(await unnameNetns(`${suffix}-6`)).toBe(false);
      expect(lstatSync(planted).isSymbolicLink()).toBe(true);
      await expect(resolveNetns(`${suffix}-6`, connect)).rejects.toBeInstanceOf(HostError);
    } finally {
      rmSync(planted);
    }
  });

  test("a pod on the host's network has none of its own", async () => {
    const options = { network: NamespaceMode.NODE, pid: NamespaceMode.CONTAINER };
    await using onHost = await PodSandbox.run(line, {
      name: `${suffix}-host`,
      config: { linux: { securityContext: { namespaceOptions: options } } },
    });
    await expect(netnsOfPod(line, onHost.id)).rejects.toThrow("is on the host's network");
    const host = (await listNetns({ line, nowMs: Date.now() })).namespaces.find(({ owner }) => owner.kind === "host");
    expect(host?.pods.map(({ id }) => id)).toContain(onHost.id);
  });

  test("a pin that no pod has is marked as an orphan once it is old enough to be one", async () => {
    const { path: pin } = await netnsOfPod(line, pod.id);
    const orphan = `${dirname(pin)}/cni-00000000-0000-0000-0000-${String(process.pid).padStart(12, "0")}`;
    writeFileSync(orphan, "");
    execFileSync("unshare", ["--net", "sh", "-c", `mount --bind /proc/$$/ns/net ${orphan}`]);
    try {
      const find = async (nowMs: number) =>
        (await listNetns({ line, nowMs })).namespaces.find(({ pins }) => pins.some(({ path }) => path === orphan));
      const young = { owner: { kind: "nobody" }, processes: { count: 0 }, orphan: null };
      expect(await find(Date.now())).toMatchObject(young);
      expect((await find(Date.now() + 600_000))?.orphan).toBe("no pod of this runtime has it, and no process is in it");
      expect((await own()).orphan).toBeNull();
    } finally {
      execFileSync("umount", [orphan]);
      rmSync(orphan);
    }
  });

  test("a word is a number of the kernel's, or a pod; a number that nobody has is not found", async () => {
    const { id } = await netnsOfPod(line, pod.id);
    for (const word of [
      `shop/${suffix}`,
      pod.id.slice(0, 12),
      String(id.ino),
      `net:[${id.ino}]`,
      `${id.dev}:${id.ino}`,
    ]) {
      expect((await resolveNetns(word, connect)).id, word).toEqual(id);
    }
    await expect(resolveNetns("4026999999", connect)).rejects.toBeInstanceOf(NotFoundError);
  });

  test("its sockets are told with the container that holds them", async () => {
    const netns = await resolveNetns(pod.id, connect);
    const sockets = await socketsIn(netns);
    const listening = sockets.filter(({ state }) => state === "LISTEN");
    expect(listening.map(({ localPort }) => localPort).toSorted((a, b) => a - b)).toEqual([8080, 8081]);
    const theirs = execFileSync("nsenter", [`--net=${netns.path}`, "ss", "-tlnH"], { encoding: "utf8" });
    for (const { localPort, processes } of listening) {
      expect(theirs).toContain(`:${localPort}`);
      expect(processes).toMatchObject([{ comm: "nc", containerId: server.id }]);
    }
  });

  test("procfs alone shows the addresses and the routes that ip shows", async () => {
    const netns = await resolveNetns(pod.id, connect);
    const files = await filesIn(netns, ["dev", "fib_trie", "route", "if_inet6", "ipv6_route"]);
    const flat = (links: readonly NetnsInterface[]): readonly string[] =>
      links.flatMap(({ ifname, addr_info: all }) => all.map(({ local }) => `${ifname} ${local}`)).toSorted();
    expect(flat(interfacesOfProcfs(files))).toEqual(flat(await addressesIn(netns)));
    const lines = (routes: readonly NetnsRoute[]): readonly string[] =>
      routes.map(({ dst, gateway = "-", dev }) => `${dst} ${gateway} ${dev}`).toSorted();
    expect(lines(routesOfProcfs(files))).toEqual(lines(await routesIn(netns)));
  });
});
