import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { links, routes } from "../../src/linux/ip.ts";
import { bindMount, unmount } from "../../src/linux/mount.ts";
import { mountsBelow, mountsOf } from "../../src/linux/mountinfo.ts";
import { inFirstPidNamespace } from "./labs.ts";
import { lsns } from "./lsns.ts";
import { podToMeasure } from "../unit/namespaces/pod-to-measure.ts";
import { namespaceKinds, namespaceOf, namespacesOf, sameNamespace } from "../../src/linux/namespace.ts";
import { pinnedNamespace } from "../../src/linux/nsfs.ts";
import { listPids, processStat } from "../../src/linux/process.ts";
import type { NamespacePromise, PodToMeasure } from "../../src/namespaces/pod.ts";
import { type NamespaceReport, reportOn } from "../../src/namespaces/report.ts";

let folder = "";
const started: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "crikit-kernel-"));
});

afterEach(async () => {
  for (const child of started.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill("SIGKILL");
    await once(child, "exit");
  }
  for (const { mountPoint } of mountsBelow(await mountsOf("self"), folder)) await unmount(mountPoint);
  rmSync(folder, { recursive: true });
});

/** Starts a program that becomes, or forks, `sleep 600`, and waits for that one. */
async function sleeper(...command: readonly string[]): Promise<number> {
  const [program, ...args] = [...command, "sleep", "600"];
  const child = spawn(program, args, { stdio: "ignore" });
  started.push(child);
  await once(child, "spawn");
  return descendant(child.pid!, ({ comm }) => comm === "sleep");
}

async function descendant(
  ancestor: number,
  wanted: (stat: { readonly comm: string; readonly state: string }) => boolean,
): Promise<number> {
  for (;;) {
    const stats = (await Promise.all((await listPids()).map((pid) => processStat(pid)))).flatMap((stat) => stat ?? []);
    const below = (pid: number): readonly number[] => [
      pid,
      ...stats.filter(({ parentPid }) => parentPid === pid).flatMap((stat) => below(stat.pid)),
    ];
    const found = stats.find((stat) => below(ancestor).includes(stat.pid) && wanted(stat));
    if (found !== undefined) return found.pid;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function pinOf(pid: number): Promise<string> {
  const path = join(folder, `pin-${pid}`);
  writeFileSync(path, "");
  await bindMount(`/proc/${pid}/ns/net`, path);
  return path;
}

test("the identities are those that readlink and lsns tell, on the one device that all namespaces are on", async () => {
  const pid = await sleeper("unshare", "--net", "--ipc", "--uts", "--mount", "--cgroup");
  const own = await namespacesOf("self");
  const found = await namespacesOf(pid);
  expect(Object.keys(found)).toEqual(Object.keys(own));
  for (const kind of namespaceKinds) {
    const id = found[kind];
    if (id === undefined) continue; // not of this kernel
    expect(readlinkSync(`/proc/${pid}/ns/${kind}`)).toBe(`${kind}:[${id.ino}]`);
    expect(id.dev).toBe(own.net?.dev);
    expect(sameNamespace(id, own[kind]!)).toBe(["pid", "user", "time"].includes(kind));
  }
  expect(await lsns("--type=net", `--task=${pid}`, "--output=NS")).toEqual([{ ns: Number(found.net?.ino) }]);
});

test("a pin keeps its identity when its process has ended", async () => {
  const pid = await sleeper("unshare", "--net");
  const id = await namespaceOf(pid, "net");
  const pin = await pinOf(pid);
  expect(await pinnedNamespace(pin)).toEqual(id);
  process.kill(pid, "SIGKILL");
  await once(started[0]!, "exit");
  expect(await pinnedNamespace(pin)).toEqual(id);
});

const promise: NamespacePromise = { network: "POD", ipc: "POD", pid: "CONTAINER", user: "NODE" };
const alone = ["unshare", "--mount", "--pid", "--fork", "--kill-child"];

/** A pod made by hand: a process that holds the namespaces, and one that joins those of `joined`. */
async function podByHand(joined: readonly string[]): Promise<{ readonly pod: PodToMeasure; readonly web: number }> {
  const sandbox = await sleeper(...alone, "--net", "--ipc", "--uts");
  const web = await sleeper("nsenter", `--target=${sandbox}`, ...joined, ...alone);
  const container = { id: "web-id", name: "web", pid: web, promise };
  const pinnedNetnsPath = await pinOf(sandbox);
  return {
    pod: podToMeasure({ promise, pinnedNetnsPath, sandboxPid: sandbox, containers: [container] }),
    web,
  };
}

/** Nobody's cgroup names these: the one who started them confirms them. */
function measure({ pod, web }: { readonly pod: PodToMeasure; readonly web: number }): Promise<NamespaceReport> {
  return reportOn([pod], { pidNow: async ({ kind }) => (kind === "container" ? web : pod.sandboxPid) });
}

test.runIf(inFirstPidNamespace)("a pod that is made by hand holds, anchored by its pin", async () => {
  const report = await measure(await podByHand(["--net", "--ipc", "--uts"]));
  expect(report.findings.filter(({ ok }) => ok !== true)).toEqual([]);
  expect(report.verdict).toBe("holds");
  expect(report.pods[0]).toMatchObject({ anchor: { source: "pinned" }, pin: { reason: null } });
});

test.runIf(inFirstPidNamespace).each([
  ["net", ["--ipc", "--uts"]],
  ["ipc", ["--net", "--uts"]],
  ["uts", ["--net", "--ipc"]],
])("one that did not join the pod's %s is named", async (kind, joined) => {
  const report = await measure(await podByHand(joined));
  expect(report.verdict).toBe("broken");
  const wrong = report.findings.filter(({ ok }) => ok === false);
  expect(wrong).toMatchObject([{ name: "web", namespace: kind, reason: "it is the host's" }]);
});

test.runIf(inFirstPidNamespace)(
  "a pin that lost its mount is said, and the sandbox's process anchors instead",
  async () => {
    const made = await podByHand(["--net", "--ipc", "--uts"]);
    await unmount(made.pod.pinnedNetnsPath!);
    const { pods, verdict } = await measure(made);
    expect(verdict).toBe("holds");
    expect(pods[0]).toMatchObject({
      anchor: { source: "sandbox", pid: made.pod.sandboxPid },
      pin: { id: null, reason: expect.stringContaining("nothing is mounted on it") },
    });
  },
);

test.runIf(inFirstPidNamespace)(
  "a process that has died is reported, as a zombie and as one that is gone",
  async () => {
    const parent = await sleeper("sh", "-c", 'sleep 0 & exec "$@"', "sh"); // it never waits for the first sleep
    const zombie = await descendant(parent, ({ state }) => state === "Z");
    const member = (pid: number): PodToMeasure => podToMeasure({ id: `pod-${pid}`, promise, sandboxPid: pid });
    const gone = await sleeper();
    process.kill(gone, "SIGKILL");
    await once(started[1]!, "exit");
    const { pods, verdict } = await reportOn([member(zombie), member(gone)]);
    expect(verdict).toBe("unmeasured");
    expect(pods.map(({ members }) => members[0]?.reason)).toEqual([
      `process ${zombie} has died`,
      `process ${gone} is gone`,
    ]);
  },
);

test("the machine's own links and routes are read", async () => {
  const lo = (await links()).find(({ ifname }) => ifname === "lo");
  expect(lo?.flags).toContain("LOOPBACK");
  expect(lo?.addr_info).toContainEqual(expect.objectContaining({ family: "inet", local: "127.0.0.1", prefixlen: 8 }));
  expect(await routes()).toContainEqual(expect.objectContaining({ dst: "127.0.0.0/8", dev: "lo" }));
});
