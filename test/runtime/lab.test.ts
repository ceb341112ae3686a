import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, rmdir } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Lab } from "../../src/lab/lab.ts";
import { labStatus } from "../../src/lab/lab-status.ts";
import { isAlive } from "../../src/lab/lab-record.ts";
import { namespaceOf, sameNamespace } from "../../src/linux/namespace.ts";
import { expectHostUnchanged, snapshotHost, type HostSnapshot } from "./host-snapshot.ts";
import { containerds } from "./labs.ts";
import { page, strandPod } from "./stranded-pod.ts";

const name = `test-${process.pid}`;

let before: HostSnapshot;
beforeEach(() => {
  before = snapshotHost();
});
afterEach(async () => {
  const left = (await labStatus()).filter((lab) => lab.name.startsWith(name));
  for (const lab of left) await (await Lab.open({ name: lab.name })).down();
});

describe.each(containerds)("$name", ({ path, version }) => {
  test("comes up ready for pods, says what it is, and goes without a trace", async () => {
    {
      await using lab = await Lab.start({ name, containerd: path });
      expect(lab.endpoint).toBe(`unix:///var/lib/crikit/labs/${name}/containerd.sock`);
      const [status] = (await labStatus()).filter((each) => each.name === name);
      expect(status).toMatchObject({
        state: "running",
        runtimeVersion: expect.stringContaining(version.split("+")[0] ?? ""),
        containerd: { path, version },
        handlers: expect.arrayContaining(["runc"]),
        ephemeral: false,
        abandoned: false,
      });
      expect(status?.adaptations.every(({ what, why }) => what !== "" && why !== "")).toBe(true);

      const pod = await strandPod(lab, 38_080);
      expect([await page(pod.ip), await page("127.0.0.1:38080")]).toEqual([name, name]);
      expect(sameNamespace(await namespaceOf(pod.pid, "net"), await namespaceOf(pod.sandboxPid, "net"))).toBe(true);
    }
    await expectHostUnchanged(before);
  });

  test("runs its own shim, with nothing of ours in the pods' surroundings", async () => {
    await using lab = await Lab.start({ name, containerd: path });
    const pod = await strandPod(lab, 38_081);
    const shim = execFileSync("ps", ["-o", "args=", "-C", "containerd-shim-runc-v2"], { encoding: "utf8" });
    const ours = shim.split("\n").filter((line) => line.includes(lab.dir));
    expect(ours).toHaveLength(1);
    expect(ours[0]).toMatch(new RegExp(`^${path.replace(/[^/]*$/u, "")}containerd-shim-runc-v2 `, "u"));
    expect(readFileSync(`/proc/${pod.pid}/environ`, "utf8")).not.toContain("CRIKIT");
  });

  test("goes without a trace when its containerd was killed with pods running", async () => {
    const lab = await Lab.start({ name, containerd: path });
    await Promise.all([strandPod(lab, 38_082), strandPod(lab, 38_083)]);
    process.kill(lab.record.containerd.process?.pid ?? 0, "SIGKILL");
    await expect.poll(async () => (await labStatus()).find((each) => each.name === name)?.state).toBe("dead");
    await lab.down();
    await expectHostUnchanged(before);
  });

  test("is handed out as it is when it is up, and replaced when it is dead", async () => {
    const first = await Lab.start({ name, containerd: path });
    const again = await Lab.start({ name });
    expect(again.record).toEqual(first.record);
    const { process: containerd } = first.record.containerd;
    if (containerd === undefined) throw new Error("a lab that is up has a containerd");
    expect(await isAlive(containerd)).toBe(true);
    await strandPod(first, 38_084);
    process.kill(containerd.pid, "SIGKILL");
    await expect.poll(() => isAlive(containerd)).toBe(false);

    const second = await Lab.start({ name, containerd: path });
    expect(second.record.id).not.toBe(first.record.id);
    await using connection = await second.connect();
    expect((await connection.runtime.listPodSandbox({})).items).toEqual([]);
    await first.down(); // another one by now: not its own to take down
    expect((await connection.runtime.version({})).runtimeName).toBe("containerd");
    await second.down();
    await second.down();
    await expectHostUnchanged(before);
  });

  test("has handlers that break a pod's promises, when it is asked for them", async () => {
    await using lab = await Lab.start({ name, containerd: path, saboteurs: true });
    const broken: Record<string, readonly string[]> = {};
    for (const [index, handler] of [
      "runc",
      "unshared",
      "unshared-net",
      "unshared-ipc",
      "unshared-uts",
      "unshared-pid",
    ].entries()) {
      const { sandboxPid, pid } = await strandPod(lab, 38_090 + index, handler);
      const shared = await Promise.all(
        (["net", "ipc", "uts", "pid"] as const).map(async (kind) =>
          sameNamespace(await namespaceOf(sandboxPid, kind), await namespaceOf(pid, kind)) ? [kind] : [],
        ),
      );
      broken[handler] = shared.flat();
    }
    expect(broken).toEqual({
      runc: ["net", "ipc", "uts"],
      unshared: ["ipc", "uts"],
      "unshared-net": ["ipc", "uts"],
      "unshared-ipc": ["net", "uts"],
      "unshared-uts": ["net", "ipc"],
      "unshared-pid": ["net", "ipc", "uts", "pid"],
    });
  });

  test("lives in a folder of one's own, on a file system where overlayfs does not work", async () => {
    const base = await mkdtemp("/tmp/crikit-overlay-");
    for (const folder of ["lower", "upper", "work", "merged"]) execFileSync("mkdir", [`${base}/${folder}`]);
    const options = `lowerdir=${base}/lower,upperdir=${base}/upper,workdir=${base}/work`;
    execFileSync("mount", ["-t", "overlay", "overlay", "-o", options, `${base}/merged`]);
    try {
      {
        await using lab = await Lab.start({ dir: `${base}/merged/${name}`, containerd: path });
        expect(lab.name).toBe(name);
        expect(lab.record.adaptations).toContainEqual(expect.objectContaining({ what: "the native snapshotter" }));
        expect((await Lab.open({ name })).dir).toBe(`${base}/merged/${name}`);
        await strandPod(lab, 38_085);
        process.kill(lab.record.containerd.process?.pid ?? 0, "SIGKILL");
      }
      await rmdir(`${base}/work`).catch(() => undefined);
    } finally {
      execFileSync("umount", [`${base}/merged`]);
      await rm(base, { recursive: true });
    }
    await expectHostUnchanged(before);
  });
});
