import { randomUUID } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Connection } from "../../src/cri/connect.ts";
import { busyboxImage } from "../../src/images/lab-images.ts";
import { Lab } from "../../src/lab/lab.ts";
import { cgroupParent, removeCgroupParent } from "../../src/sandbox/cgroup-parent.ts";
import { PodSandbox } from "../../src/sandbox/pod-sandbox.ts";
import { removePodSandbox } from "../../src/sandbox/remove-pod-sandbox.ts";
import { containerds } from "./labs.ts";

const idle = ["sh", "-c", "trap 'exit 0' TERM; sleep 600 & wait"];

/** Where the cgroup hierarchies of this machine are mounted. */
function cgroupMounts(): readonly string[] {
  return readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .map((line) => line.split(" "))
    .filter((fields) => fields.includes("cgroup") || fields.includes("cgroup2"))
    .map((fields) => fields[4] ?? "");
}

/** The hierarchies that have a cgroup. */
function foldersOf(cgroup: string): readonly string[] {
  return cgroupMounts().filter((root) => readdirSync(root).includes(cgroup.slice(1)));
}

describe.each(containerds)("a pod's own cgroup on $name", ({ path }) => {
  let lab: Lab;
  let connection: Connection;
  const calls: string[] = [];

  beforeAll(async () => {
    lab = await Lab.start({ name: `cgroup-test-${process.pid}`, containerd: path, ephemeral: true });
    connection = await lab.connect({ onCall: ({ rpc }) => calls.push(rpc) });
  });
  afterAll(async () => {
    connection.close();
    await lab.down();
  });

  test("makes its stats work, and goes with it", async () => {
    const pod = await PodSandbox.run(connection, { name: "counted" });
    const parent = pod.config.linux?.cgroupParent ?? "";
    expect(parent).toMatch(/^\/crikit-pod/u);
    await pod.start({ name: "box", image: busyboxImage, command: idle });
    expect(foldersOf(parent)).not.toEqual([]);
    const { stats } = await connection.runtime.podSandboxStats({ podSandboxId: pod.id });
    expect(stats?.linux?.memory?.workingSetBytes?.value).toBeGreaterThan(0n);
    await pod.remove();
    expect(foldersOf(parent)).toEqual([]);
  });

  test("goes as well when all that is known of the pod is its id", async () => {
    const pod = await PodSandbox.run(connection, { name: "known" });
    await removePodSandbox(connection, { id: pod.id });
    expect(foldersOf(pod.config.linux?.cgroupParent ?? "")).toEqual([]);
    await removePodSandbox(connection, { id: pod.id }); // harmless
  });

  test("is the one that the config names, if it does, which is not crikit's to take away", async () => {
    const cgroupParent = `/crikit-test-own-${process.pid}`;
    const pod = await PodSandbox.run(connection, { name: "own", config: { linux: { cgroupParent } } });
    expect(pod.config.linux?.cgroupParent).toBe(cgroupParent);
    await pod.remove();
    const folders = foldersOf(cgroupParent);
    expect(folders).not.toEqual([]);
    for (const root of folders) rmdirSync(`${root}${cgroupParent}`);
  });

  test("costs one question a connection", async () => {
    calls.length = 0;
    for (const name of ["one", "two"]) await (await PodSandbox.run(connection, { name })).remove();
    expect(calls.filter((rpc) => rpc === "RuntimeConfig" || rpc === "Status")).toEqual([]);
  });
});

test("a slice of systemd's is stopped once its pod is gone, and nobody else's", async () => {
  const [root] = cgroupMounts();
  const metadata = { uid: randomUUID(), name: "sliced" };
  const slice = cgroupParent(metadata, "systemd");
  const folder = mkdtempSync(join(tmpdir(), "crikit-systemctl-"));
  const path = process.env["PATH"] ?? "";
  // There is no systemd here: what it would be told is kept, and done.
  writeFileSync(join(folder, "systemctl"), `#!/bin/sh\necho "$@" >> ${folder}/told\nrmdir ${root}${slice}\n`, {
    mode: 0o755,
  });
  try {
    process.env["PATH"] = `${folder}:${path}`;
    await removeCgroupParent(metadata);
    expect(existsSync(join(folder, "told"))).toBe(false);
    mkdirSync(`${root}${slice}`, { recursive: true });
    await removeCgroupParent(metadata);
    expect(readFileSync(join(folder, "told"), "utf8")).toBe(`stop -- ${slice.split("/").at(-1)}\n`);
    expect(existsSync(`${root}${slice}`)).toBe(false);
  } finally {
    process.env["PATH"] = path;
    rmSync(folder, { recursive: true });
    rmdirSync(`${root}/crikit.slice`);
  }
});
