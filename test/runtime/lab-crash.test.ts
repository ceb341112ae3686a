import { execFile, spawn, type ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { sweepAbandonedLabs } from "../../src/lab/abandoned-labs.ts";
import { Lab } from "../../src/lab/lab.ts";
import { labsFolder } from "../../src/lab/lab-paths.ts";
import { isAlive, markProcess } from "../../src/lab/lab-record.ts";
import { labStatus } from "../../src/lab/lab-status.ts";
import { PodSandbox } from "../../src/sandbox/pod-sandbox.ts";
import { start } from "../cli/crikit.ts";
import { expectHostUnchanged, snapshotHost, type HostSnapshot } from "./host-snapshot.ts";
import { containerd as anyContainerd, containerds } from "./labs.ts";
import { strandPod } from "./stranded-pod.ts";

const name = `crash-${process.pid}`;
const steps = ["looking at", "starting containerd", "loading", "waiting"];

if (!existsSync(new URL("../../dist/lab/lab.js", import.meta.url))) {
  throw new Error("these tests kill the built program: npm run build");
}

/** Starts a process that brings a lab up and holds it; settles when it has said a line like `step`. */
async function owner(containerd: string, step: string): Promise<ChildProcess> {
  const script = new URL("lab-owner.js", import.meta.url).pathname;
  const child = spawn(process.execPath, [script, name, containerd], { stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith(step)) return child;
  }
  throw new Error(`the owner ended before it said ${step}`);
}

async function killHard(child: ChildProcess): Promise<void> {
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}

async function statusOf(wanted: string): Promise<unknown> {
  return (await labStatus()).find((lab) => lab.name === wanted);
}

let before: HostSnapshot;
beforeEach(() => {
  before = snapshotHost();
});
afterEach(async () => {
  const left = (await labStatus()).filter((lab) => lab.name.startsWith(name));
  for (const lab of left) await (await Lab.open({ name: lab.name })).down();
});

describe.each(containerds)("$name", ({ path }) => {
  test("an ephemeral lab whose owner was killed is swept, with the pods in it", async () => {
    const child = await owner(path, "up");
    const lab = await Lab.open({ name });
    {
      await using connection = await lab.connect();
      await PodSandbox.run(connection, { name: "stranded" });
    }
    expect(await statusOf(name)).toMatchObject({ state: "running", ephemeral: true, abandoned: false });
    expect(await sweepAbandonedLabs()).toEqual([]);

    await killHard(child);
    expect(await statusOf(name)).toMatchObject({ state: "running", abandoned: true });
    expect(await sweepAbandonedLabs()).toEqual([name]);
    await expectHostUnchanged(before);
  });

  test.each(steps)("an owner killed when it says %j leaves nothing that a sweep does not find", async (step) => {
    await killHard(await owner(path, step));
    await sweepAbandonedLabs();
    expect(await statusOf(name)).toBeUndefined();
    await expectHostUnchanged(before);
  });

  test("pods whose crikits are killed while they make them leave nothing when the lab goes", async () => {
    const lab = await Lab.start({ name, containerd: path });
    const config = join(lab.dir, "pod.json");
    await writeFile(config, JSON.stringify({ metadata: { name: "pod", namespace: "crash" } }));
    await Promise.all(
      Array.from({ length: 12 }, async (_, at) => {
        const child = start(["-r", lab.record.endpoint, "runp", config]);
        await sleep(100 + at * 60);
        if (child.exitCode === null) await killHard(child);
      }),
    );
    await lab.down();
    await expectHostUnchanged(before);
  });

  test.each(steps)("giving up when it says %j takes down what was made", async (step) => {
    const controller = new AbortController();
    const onStep = (line: string): void => (line.startsWith(step) ? controller.abort(new Error("Ctrl-C")) : undefined);
    await expect(Lab.start({ name, containerd: path, signal: controller.signal, onStep })).rejects.toMatchObject({
      code: "cancelled",
    });
    expect(await statusOf(name)).toBeUndefined();
    await expectHostUnchanged(before);
  });
});

test("what a runc started that hangs while its containerd is killed goes with the lab", async () => {
  const lab = await Lab.start({ name, saboteurs: true });
  const pidFile = `${lab.dir}/hanging`;
  await writeFile(`${lab.dir}/saboteurs/unshared`, `#!/bin/sh\nsleep 1000 &\necho $! >${pidFile}\nwait\n`);
  await using connection = await lab.connect();
  const pod = PodSandbox.run(connection, { name: "hangs", runtimeHandler: "unshared" }).catch(
    (error: unknown) => error,
  );
  await expect.poll(() => existsSync(pidFile), { timeout: 10_000 }).toBe(true);
  const hanging = await markProcess(Number(await readFile(pidFile, "utf8")));
  if (hanging === undefined) throw new Error("it did not hang");

  process.kill(lab.record.containerd.process?.pid ?? 0, "SIGKILL");
  await lab.down();
  expect(await isAlive(hanging)).toBe(false);
  expect(await pod).toBeInstanceOf(Error);
  await expectHostUnchanged(before);
});

test("what somebody left who was killed while taking a place goes with the next sweep, other folders stay", async () => {
  await mkdir(`${labsFolder}/${name}-bare`, { recursive: true });
  await writeFile(`${labsFolder}/${name}-bare/lab.json.new`, "{");
  await symlink(`/tmp/${name}-nowhere`, `${labsFolder}/${name}-link`);
  await mkdir(`${labsFolder}/${name}-full/kept`, { recursive: true });
  await sweepAbandonedLabs();
  expect((await readdir(labsFolder)).filter((entry) => entry.startsWith(name))).toEqual([`${name}-full`]);
  await rm(`${labsFolder}/${name}-full`, { recursive: true });
  await sweepAbandonedLabs();
  await expectHostUnchanged(before);
});

test("two that take down the same lab at the same moment both come to an end", async () => {
  const lab = await Lab.start({ name });
  await strandPod(lab, 38_284);
  await Promise.all([lab.down(), lab.down(), (await Lab.open({ name })).down()]);
  await expectHostUnchanged(before);
});

test("the next lab that comes up sweeps the abandoned one", async () => {
  await killHard(await owner(anyContainerd.path, "up"));
  {
    await using lab = await Lab.start({ name: `${name}-next` });
    expect(lab.name).toBe(`${name}-next`);
    expect(await statusOf(name)).toBeUndefined();
  }
  await expectHostUnchanged(before);
});

test.each([100, 250, 400, 700])(
  "a crikit killed %i ms into taking a lab down has not lost the rest",
  async (afterMs) => {
    const lab = await Lab.start({ name });
    await strandPod(lab, 38_280);
    const child = start(["lab", "down", "--name", name]);
    await sleep(afterMs);
    if (child.exitCode === null) await killHard(child);
    await lab.down();
    await sweepAbandonedLabs();
    await expectHostUnchanged(before);
  },
);

test("a lab that was on its way down when its crikit died is taken down the rest of the way", async () => {
  const lab = await Lab.start({ name });
  const { record } = lab;
  await writeFile(`${lab.dir}/lab.json`, JSON.stringify({ ...record, phase: "going-down" }));
  await rm(`${lab.dir}/config.toml`);
  expect(await statusOf(name)).toMatchObject({ state: "going-down" });
  await (await Lab.open({ name })).down();
  await expectHostUnchanged(before);
});

test("the chain of a pod that is gone, which its killed plugin has left, goes when the lab went down before", async () => {
  const lab = await Lab.start({ name });
  const { record } = lab;
  const id = "5".repeat(64);
  const hash = createHash("sha512").update(`${record.network.name}${id}`).digest("hex");
  const chain = `CNI-${hash}`.slice(0, 28); // as CNI's bridge plugin names it
  await promisify(execFile)("iptables", ["--wait", "-t", "nat", "-N", chain]);
  await writeFile(`${lab.dir}/lab.json`, JSON.stringify({ ...record, phase: "going-down", ids: [id] }));
  await lab.down();
  await expectHostUnchanged(before);
});

test("a signal that was aborted before means that nothing is made at all", async () => {
  const signal = AbortSignal.abort();
  await expect(Lab.start({ name, signal })).rejects.toMatchObject({ code: "cancelled" });
  await expectHostUnchanged(before);
});

describe("a containerd that does not work", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp("/tmp/crikit-broken-");
    before = snapshotHost();
    return () => rm(folder, { recursive: true });
  });
  const broken = async (script: string): Promise<string> => {
    const path = `${folder}/containerd`;
    await writeFile(path, `#!/bin/sh\n${script}\n`);
    await chmod(path, 0o755);
    return path;
  };
  const version = '[ "$1" != --version ] || { echo "containerd example.test/containerd v1.6.99 abc"; exit; }';

  test("is told with the end of its log, which cannot move the cursor, and nothing is left", async () => {
    const path = await broken(
      `${version}\nprintf 'level=info msg=fine\\n\\033[2Jlevel=fatal msg="no\\tdisk"\\n'; exit 3`,
    );
    await expect(Lab.start({ name, containerd: path })).rejects.toMatchObject({
      code: "lab-failed",
      message: "containerd ended (exit code 3) before it answered",
      hint: 'its log ends: level=fatal msg="no disk"',
    });
    await expectHostUnchanged(before);
  });

  test("is refused before anything is made when it is older than CRI v1", async () => {
    const path = await broken('echo "containerd github.com/containerd/containerd 1.5.9~ds1 1.5.9"');
    await expect(Lab.start({ name, containerd: path })).rejects.toMatchObject({
      code: "lab-failed",
      message: expect.stringContaining("1.6"),
    });
    await expectHostUnchanged(before);
  });

  test("is refused before anything is made when it is for another machine", async () => {
    const path = await broken("echo 'version GLIBC_2.99 not found' >&2; exit 1");
    await expect(Lab.start({ name, containerd: path })).rejects.toMatchObject({
      code: "lab-failed",
      message: expect.stringContaining("GLIBC_2.99"),
    });
    await expectHostUnchanged(before);
  });
});
