import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { expect, onTestFinished, test } from "vitest";
import { isAlive, markProcess, readLabRecord, writeLabRecord, type LabRecord } from "../../../src/lab/lab-record.ts";

async function folder(): Promise<string> {
  const dir = await mkdtemp(`${tmpdir()}/crikit-record-`);
  onTestFinished(() => rm(dir, { recursive: true }));
  return dir;
}

function recordIn(dir: string): LabRecord {
  return {
    formatVersion: 1,
    id: "1",
    name: "a",
    dir,
    endpoint: `unix://${dir}/containerd.sock`,
    phase: "starting",
    bootId: "b",
    owner: { pid: 1, startTimeTicks: "18446744073709551615" },
    ephemeral: false,
    containerd: { path: "/usr/bin/containerd", version: "1.6.20" },
    runc: { path: "/usr/sbin/runc", version: "1.1.5" },
    network: { name: "crikit-a", bridge: "crk-1", subnets: [] },
    streamingPort: 0,
    handlers: ["runc"],
    adaptations: [],
    before: { sysctls: {}, absentFolders: [], cgroups: [], shimSockets: [], hostPortChains: { ipv4: [], ipv6: [] } },
  };
}

test("a record is read as it was written, and leaves no other file behind", async () => {
  const dir = await folder();
  await writeLabRecord(recordIn(dir));
  expect(await readLabRecord(dir)).toEqual(recordIn(dir));
  expect(await readdir(dir)).toEqual(["lab.json"]);
});

test("a folder without a record holds no lab", async () => {
  expect(await readLabRecord(await folder())).toBeUndefined();
  expect(await readLabRecord("/no/such/folder")).toBeUndefined();
});

test.each(["", "{", "[]", '{"formatVersion":2}'])("%j is not taken for a record", async (text) => {
  const dir = await folder();
  await writeFile(`${dir}/lab.json`, text);
  await expect(readLabRecord(dir)).rejects.toMatchObject({ code: "lab-failed" });
});

test("a record that was moved is not taken: its sockets and mounts are elsewhere", async () => {
  const dir = await folder();
  await writeFile(`${dir}/lab.json`, JSON.stringify(recordIn("/elsewhere")));
  await expect(readLabRecord(dir)).rejects.toMatchObject({ code: "lab-failed" });
});

test("a process is alive under its own start time only", async () => {
  const mark = await markProcess(process.pid);
  expect(mark?.pid).toBe(process.pid);
  expect(mark === undefined ? undefined : await isAlive(mark)).toBe(true);
  expect(await isAlive({ pid: process.pid, startTimeTicks: "1" })).toBe(false);
});
