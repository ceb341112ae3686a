import { execFileSync, spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Lab } from "../../src/lab/lab.ts";
import { labStatus } from "../../src/lab/lab-status.ts";
import { links } from "../../src/linux/ip.ts";
import { expectHostUnchanged, snapshotHost, type HostSnapshot } from "./host-snapshot.ts";
import { containerd as first, containerds } from "./labs.ts";
import { page, strandPod } from "./stranded-pod.ts";

const one = `one-${process.pid}`;
const two = `${one}-two`; // its network's name begins with the other's

let before: HostSnapshot;
beforeEach(() => {
  before = snapshotHost();
});
afterEach(async () => {
  const left = (await labStatus()).filter((lab) => lab.name.startsWith(one));
  for (const lab of left) await (await Lab.open({ name: lab.name })).down();
});

const last = containerds.at(-1) ?? first;

test("two labs live side by side, and the one that stays does not notice the other's end", async () => {
  const a = await Lab.start({ name: one, containerd: first.path });
  const b = await Lab.start({ name: two, containerd: last.path });
  expect(a.record.network.subnets).not.toContain(b.record.network.subnets[0]);
  expect(a.record.network.bridge).not.toBe(b.record.network.bridge);
  expect(b.record.before).toEqual(a.record.before);

  const [podOfA, podOfB] = await Promise.all([strandPod(a, 38_180), strandPod(b, 38_181)]);
  expect([await page(podOfA.ip), await page(podOfB.ip)]).toEqual([one, two]);
  const beside = snapshotHost();

  // The hard way, so that nothing but the sweep tells the two apart.
  process.kill(a.record.containerd.process?.pid ?? 0, "SIGKILL");
  await a.down();
  expect([await page(podOfB.ip), await page("127.0.0.1:38181")]).toEqual([two, two]);
  const stays = snapshotHost();
  expect(stays.rules.length).toBeGreaterThan(0);
  expect(stays.rules.filter((rule) => rule.includes(`\\"${a.record.network.name}\\"`))).toEqual([]);
  expect(stays.rules).toEqual(beside.rules.filter((rule) => stays.rules.includes(rule)));
  expect(stays.settings).toEqual(beside.settings);

  await b.down();
  await expectHostUnchanged(before);
});

test("labs that come up and go down at the same moment do not get in one another's way", async () => {
  const names = [1, 2, 3].map((number) => `${one}-${number}`);
  const labs = await Promise.all(names.map((name) => Lab.start({ name })));
  const networks = labs.map(({ record }) => record.network);
  expect(new Set(networks.flatMap(({ subnets }) => subnets)).size).toBe(
    networks.flatMap(({ subnets }) => subnets).length,
  );
  expect(new Set(networks.map(({ bridge }) => bridge)).size).toBe(labs.length);
  const pods = await Promise.all(labs.map((lab, index) => strandPod(lab, 38_184 + index)));
  expect(await Promise.all(pods.map(({ ip }) => page(ip)))).toEqual(names);
  await Promise.all(labs.map((lab) => lab.down()));
  await expectHostUnchanged(before);
});

test("what is not the lab's stays: rules, chains, a bridge, a process, a mount", async () => {
  const undo: (() => unknown)[] = [];
  const foreign = await mkdtemp("/tmp/crikit-foreign-");
  try {
    const nat = (...words: string[]): unknown => execFileSync("iptables", ["-w", "-t", "nat", ...words]);
    const comment = ["-m", "comment", "--comment", `name: "crikit-${one}-not" id: "0"`];
    nat("-N", "CNI-000000000000000000000000");
    undo.push(() => nat("-X", "CNI-000000000000000000000000"));
    nat("-A", "POSTROUTING", "-s", "192.0.2.1/32", ...comment, "-j", "CNI-000000000000000000000000");
    undo.push(() => nat("-D", "POSTROUTING", "-s", "192.0.2.1/32", ...comment, "-j", "CNI-000000000000000000000000"));
    execFileSync("ip", ["link", "add", "crk-foreign", "type", "bridge"]);
    undo.push(() => execFileSync("ip", ["link", "delete", "crk-foreign"]));
    const sleeper = spawn("unshare", ["--net", "--mount", "sleep", "1000"], { stdio: "ignore" });
    undo.push(() => sleeper.kill("SIGKILL"));
    await mkdir(`${foreign}/mounted`);
    execFileSync("mount", ["-t", "tmpfs", "foreign", `${foreign}/mounted`]);
    undo.push(() => execFileSync("umount", [`${foreign}/mounted`]));
    await expect.poll(() => snapshotHost().processes.join("\n")).toContain(`${sleeper.pid} sleep 1000`);

    const beside = snapshotHost();
    const lab = await Lab.start({ name: one });
    await strandPod(lab, 38_182);
    process.kill(lab.record.containerd.process?.pid ?? 0, "SIGKILL");
    await lab.down();
    await expectHostUnchanged(beside);
    expect(beside.rules.join("\n")).toContain(`crikit-${one}-not`);
  } finally {
    for (const step of undo.toReversed()) step();
    await rm(foreign, { recursive: true });
  }
  await expectHostUnchanged(before);
});

test("forwarding stays on when it was on before the first lab", async () => {
  const path = "/proc/sys/net/ipv4/ip_forward";
  const found = await readFile(path, "utf8");
  try {
    await writeFile(path, "1");
    const beside = snapshotHost();
    {
      await using lab = await Lab.start({ name: one });
      await strandPod(lab, 38_183);
    }
    await expectHostUnchanged(beside);
    expect(await readFile(path, "utf8")).toBe("1\n");
  } finally {
    await writeFile(path, found);
  }
});

test("a folder that its user made stays, empty", async () => {
  const dir = await mkdtemp("/tmp/crikit-dir-");
  try {
    {
      await using lab = await Lab.start({ dir, name: one });
      expect(lab.endpoint).toBe(`unix://${dir}/containerd.sock`);
    }
    expect((await stat(dir)).isDirectory()).toBe(true);
  } finally {
    await rm(dir, { recursive: true });
  }
  await expectHostUnchanged(before);
});

test("a name or a folder that is taken by another lab is refused, and that lab lives on", async () => {
  await using lab = await Lab.start({ name: one });
  await expect(Lab.start({ name: one, dir: "/tmp/crikit-elsewhere" })).rejects.toMatchObject({ code: "lab-failed" });
  await expect(Lab.start({ name: two, dir: lab.dir })).rejects.toMatchObject({ code: "lab-failed" });
  await expect(Lab.start({ name: one, saboteurs: true })).rejects.toMatchObject({ code: "lab-failed" });
  await expect(Lab.start({ name: one, containerd: "/usr/bin/false" })).rejects.toMatchObject({ code: "lab-failed" });
  expect((await labStatus()).find(({ name }) => name === one)).toMatchObject({ state: "running" });
  expect((await links()).map(({ ifname }) => ifname)).not.toContain(lab.record.network.bridge); // no pod yet
});
