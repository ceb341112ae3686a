import { execFileSync } from "node:child_process";
import { readlinkSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Connection } from "../../src/cri/connect.ts";
import { NamespaceMode, Protocol } from "../../src/cri/messages.ts";
import { NotFoundError } from "../../src/errors.ts";
import { busyboxImage } from "../../src/images/lab-images.ts";
import { Lab } from "../../src/lab/lab.ts";
import { cgroupOwner } from "../../src/linux/cgroup.ts";
import { type NamespaceKind, namespaceKinds } from "../../src/linux/namespace.ts";
import { processTable } from "../../src/linux/process-table.ts";
import { diff } from "../../src/lookup/diff.ts";
import { peer } from "../../src/lookup/peer.ts";
import { which } from "../../src/lookup/which.ts";
import type { Container } from "../../src/sandbox/container.ts";
import { PodSandbox } from "../../src/sandbox/pod-sandbox.ts";
import { containerds } from "./labs.ts";
import { lsns } from "./lsns.ts";

const suffix = `lookup-test-${process.pid}`;
const hostPort = 20_000 + (process.pid % 10_000);

describe.each(containerds)("who is behind it, on $name", ({ path }) => {
  let lab: Lab;
  let line: Connection;
  let pod: PodSandbox;
  let onHost: PodSandbox;
  let server: Container;
  let pid = 0;
  let ip = "";
  beforeAll(async () => {
    lab = await Lab.start({ name: suffix, containerd: path, ephemeral: true });
    line = await lab.connect();
    const portMappings = [{ protocol: Protocol.TCP, containerPort: 8080, hostPort }];
    pod = await PodSandbox.run(line, { name: suffix, namespace: "shop", config: { portMappings } });
    const command = ["sh", "-c", "nc -l -p 8080 & wait"];
    server = await pod.start({ name: "server", image: busyboxImage, command });
    await pod.start({ name: "idle", image: busyboxImage, command: ["sh", "-c", "sleep 600 & wait"] });
    const namespaceOptions = { network: NamespaceMode.NODE, pid: NamespaceMode.CONTAINER };
    onHost = await PodSandbox.run(line, {
      name: `${suffix}-host`,
      config: { linux: { securityContext: { namespaceOptions } } },
    });
    pid = (await server.details()).verbose.pid ?? 0;
    const { status } = await line.runtime.podSandboxStatus({ podSandboxId: pod.id });
    ip = status?.network?.ip ?? "";
  });
  afterAll(async () => {
    line.close();
    await lab.down();
  });

  const behind = async (word: string): Promise<readonly string[]> =>
    (await which(line, word)).map((match) => `${match.meaning} ${match.pod.name} ${match.container?.name ?? "-"}`);

  test("a process, an address, a port, a namespace and an interface lead to the pod", async () => {
    expect(await behind(`pid:${pid}`)).toEqual([`pid ${suffix} server`]);
    expect(await behind(ip)).toEqual([`ip ${suffix} -`]);
    expect(await behind("port:8080")).toEqual([`port ${suffix} server`]);
    expect(await behind(`port:${hostPort}`)).toEqual([`port ${suffix} -`]);
    const members = [`inode ${suffix} -`, `inode ${suffix} server`, `inode ${suffix} idle`];
    expect(await behind(readlinkSync(`/proc/${pid}/ns/net`))).toEqual(members);
    expect(await behind(readlinkSync(`/proc/${pid}/ns/mnt`))).toEqual([`inode ${suffix} server`]);
    const [wired] = (await peer(line, pod.id)).interfaces;
    expect(await behind(wired?.host?.name ?? "")).toEqual([`veth ${suffix} -`]);
  });

  test("a process that only entered the pod's network is told as that, and the host's own lead to nobody", async () => {
    const stranger = execFileSync("sh", ["-c", `nsenter --target ${pid} --net sleep 30 >/dev/null 2>&1 & echo $!`], {
      encoding: "utf8",
    }).trim();
    try {
      while (readlinkSync(`/proc/${stranger}/ns/net`) !== readlinkSync(`/proc/${pid}/ns/net`)) await Promise.resolve();
      const [match] = await which(line, `pid:${stranger}`);
      expect(match).toMatchObject({ pod: { name: suffix }, container: null });
      expect(match?.because).toContain("in no cgroup of its containers");
    } finally {
      process.kill(Number(stranger), "SIGKILL");
    }
    for (const word of [`pid:${process.pid}`, "127.0.0.1", readlinkSync("/proc/self/ns/net"), "veth:lo"]) {
      await expect(which(line, word), word).rejects.toBeInstanceOf(NotFoundError);
    }
  });

  test("the host's end of a pod's interface is the one that ip shows, with the bridge and the way there", async () => {
    const { interfaces } = await peer(line, pod.id);
    const [wired, ...others] = interfaces;
    expect(others).toEqual([]);
    const own = JSON.parse(
      execFileSync("nsenter", ["-t", String(pid), "-n", "ip", "-j", "link"], { encoding: "utf8" }),
    ) as {
      readonly ifname: string;
      readonly ifindex: number;
      readonly link_index: number;
    }[];
    const eth0 = own.find(({ ifname }) => ifname === "eth0");
    expect(wired).toMatchObject({
      name: "eth0",
      index: eth0?.ifindex,
      kind: "veth",
      host: { index: eth0?.link_index },
    });
    const [theirs] = JSON.parse(
      execFileSync("ip", ["-j", "link", "show", wired?.host?.name ?? ""], { encoding: "utf8" }),
    ) as {
      readonly ifindex: number;
      readonly master: string;
    }[];
    expect(theirs).toMatchObject({ ifindex: wired?.host?.index, master: wired?.bridge?.name });
    expect(wired?.routes[0]).toMatchObject({ to: ip, device: wired?.bridge?.name });
    await expect(peer(line, onHost.id)).rejects.toThrow("is on the host's network");
  });

  test("two containers of a pod, two pods, and a pod and the host differ as readlink says", async () => {
    const shared = async (...words: readonly [string, string | undefined]): Promise<Record<string, boolean | null>> =>
      Object.fromEntries((await diff(line, words)).namespaces.map((each) => [each.namespace, each.shared]));
    const siblings = await shared(`${suffix}/server`, `${suffix}/idle`);
    expect(siblings).toMatchObject({ net: true, ipc: true, uts: true, pid: false, mnt: false, user: true });
    const byHand = (a: string, b: string): Record<string, boolean> =>
      Object.fromEntries(
        namespaceKinds.map((kind: NamespaceKind) => [
          kind,
          readlinkSync(`/proc/${a}/ns/${kind}`) === readlinkSync(`/proc/${b}/ns/${kind}`),
        ]),
      );
    const { verbose } = await pod.details();
    expect(await shared(`shop/${suffix}`, undefined)).toEqual(byHand(String(verbose.pid), "self"));
    expect(await shared(`shop/${suffix}`, `${suffix}-host`)).toMatchObject({ net: false, uts: false, ipc: false });
    await expect(diff(line, ["nobody", undefined])).rejects.toBeInstanceOf(NotFoundError);
  });

  test("of every process of the lab crikit says what readlink, lsns and nsenter say", async () => {
    const ids = new Set([pod.id, onHost.id, ...(await line.runtime.listContainers({})).containers.map(({ id }) => id)]);
    const own = (await processTable()).filter(({ cgroups }) => ids.has(cgroupOwner(cgroups)?.id ?? ""));
    // Two each: what holds the two sandboxes, the server with its nc, the idle one with its sleep.
    expect(own).toHaveLength(8);
    const namespaces = await lsns();
    for (const each of own) {
      const inside = execFileSync("nsenter", ["-t", String(each.pid), "-n", "readlink", "/proc/self/ns/net"], {
        encoding: "utf8",
      });
      expect(inside.trim()).toBe(`net:[${each.namespaces.net?.ino}]`);
      for (const kind of namespaceKinds) {
        expect(readlinkSync(`/proc/${each.pid}/ns/${kind}`)).toBe(`${kind}:[${each.namespaces[kind]?.ino}]`);
        expect(namespaces).toContainEqual(
          expect.objectContaining({ type: kind, ns: Number(each.namespaces[kind]?.ino) }),
        );
      }
    }
  });
});
