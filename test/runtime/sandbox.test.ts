import { existsSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Connection } from "../../src/cri/connect.ts";
import { failures } from "../../src/failures.ts";
import { busyboxImage } from "../../src/images/lab-images.ts";
import { Lab } from "../../src/lab/lab.ts";
import { namespaceOf } from "../../src/linux/namespace.ts";
import { mountsOf } from "../../src/linux/mountinfo.ts";
import { processStat } from "../../src/linux/process.ts";
import { Container } from "../../src/sandbox/container.ts";
import { PodSandbox } from "../../src/sandbox/pod-sandbox.ts";
import { containerds } from "./labs.ts";

const sleep = ["sh", "-c", "trap 'exit 0' TERM; sleep 600 & wait"];

describe.each(containerds)("pod sandboxes on $name", ({ path }) => {
  let lab: Lab;
  let connection: Connection;

  beforeAll(async () => {
    lab = await Lab.start({ name: `sandbox-test-${process.pid}`, containerd: path, ephemeral: true });
    connection = await lab.connect();
  });
  afterAll(async () => {
    connection.close();
    await lab.down();
  });

  async function pods(): Promise<readonly string[]> {
    return (await connection.runtime.listPodSandbox({})).items.map(({ metadata }) => metadata?.name ?? "");
  }

  test("a third container joins the pod's network namespace, and all are gone when the block ends", async () => {
    {
      await using pod = await PodSandbox.run(connection, { name: "story" });
      await using web = await pod.start({ name: "web", image: busyboxImage, command: sleep });
      await using probe = await pod.start({ name: "probe", image: busyboxImage, command: sleep });
      const [one, two] = await Promise.all([web.details(), probe.details()]);
      expect(await namespaceOf(one.verbose.pid!, "net")).toEqual(await namespaceOf(two.verbose.pid!, "net"));
      const { status } = await pod.details();
      const { stdout, exitCode } = await probe.execSync(["ip", "-o", "addr"]);
      expect(exitCode).toBe(0);
      expect(Buffer.from(stdout).toString()).toContain(status.network?.ip);
    }
    expect(await pods()).toEqual([]);
  });

  test("a run that is given up leaves nothing, though the runtime may have been at it", async () => {
    let givenUp = 0;
    for (const afterMs of [0, 15, 30, 60, 90]) {
      const signal = AbortSignal.timeout(afterMs);
      try {
        const pod = await PodSandbox.run(connection, { name: `gone-${afterMs}` }, { signal });
        await pod.remove(); // it was quicker
      } catch (error) {
        expect(error).toMatchObject({ code: "cancelled" });
        givenUp += 1;
      }
    }
    expect(givenUp).toBeGreaterThan(1);
    expect(await pods()).toEqual([]);
  });

  test("a create that is given up leaves nothing, though the runtime may have been at it", async () => {
    await using pod = await PodSandbox.run(connection, { name: "half-made" });
    let givenUp = 0;
    for (const afterMs of [0, 1, 2, 4, 8, 16]) {
      const signal = AbortSignal.timeout(afterMs);
      try {
        await using _ = await Container.create(
          connection,
          pod,
          { name: `c${afterMs}`, image: busyboxImage },
          { signal },
        );
      } catch (error) {
        expect(error).toMatchObject({ code: "cancelled" });
        givenUp += 1;
      }
      expect((await connection.runtime.listContainers({})).containers).toEqual([]);
    }
    expect(givenUp).toBeGreaterThan(1);
  });

  test("a start that is given up leaves nothing: no pod, no process, no cgroup", async () => {
    let givenUp = 0;
    for (const afterMs of [1, 5, 10, 20, 40]) {
      let cgroup = "";
      try {
        await using pod = await PodSandbox.run(connection, { name: "starting" });
        cgroup = pod.config.linux?.cgroupParent ?? "";
        await using box = await Container.create(connection, pod, { name: "box", image: busyboxImage, command: sleep });
        await box.start({ signal: AbortSignal.timeout(afterMs) });
      } catch (error) {
        expect(failures(error)).toMatchObject([{ code: "cancelled" }]);
        givenUp += 1;
      }
      expect(await pods()).toEqual([]);
      // With a process in it, it could not be removed.
      for (const { fileSystem, mountPoint } of await mountsOf("self")) {
        if (fileSystem.startsWith("cgroup")) expect(existsSync(mountPoint + cgroup), mountPoint + cgroup).toBe(false);
      }
    }
    expect(givenUp).toBeGreaterThan(1);
  });

  test("a container that cannot start is gone, its sandbox stays", async () => {
    await using pod = await PodSandbox.run(connection, { name: "half" });
    await expect(pod.start({ name: "web", image: busyboxImage, command: ["/no/such/program"] })).rejects.toMatchObject({
      rpc: "StartContainer",
    });
    expect((await connection.runtime.listContainers({})).containers).toEqual([]);
    expect(await pods()).toEqual(["half"]);
  });

  test("a command's exit code is an answer; one that takes too long is ended by the runtime, which says so", async () => {
    await using pod = await PodSandbox.run(connection, { name: "exec" });
    await using box = await pod.start({ name: "box", image: busyboxImage, command: sleep });
    expect(await box.execSync(["sh", "-c", "echo no >&2; exit 3"])).toMatchObject({ exitCode: 3 });
    await expect(box.execSync(["sleep", "30"], { timeoutMs: 1_000 })).rejects.toMatchObject({
      code: "deadline-exceeded",
      message: expect.stringContaining("timeout"),
    });
  });

  test("what holds a sandbox ends when it is told to, and reaps what is orphaned to it", async () => {
    // 0 is POD: the pause process is pid 1 of everyone in the pod.
    await using pod = await PodSandbox.run(connection, { name: "reap", namespaces: { pid: 0 } });
    await using box = await pod.start({
      name: "box",
      image: busyboxImage,
      command: ["sh", "-c", "(sh -c 'sleep 0.1 & exit 0'); trap 'exit 0' TERM; sleep 600 & wait"],
    });
    const zombies = "sleep 0.5; grep -l '^State:.Z' /proc/[0-9]*/status; ls -d /proc/[0-9]*";
    const { stdout } = await box.execSync(["sh", "-c", zombies]);
    const listed = Buffer.from(stdout).toString();
    expect(listed).toContain("/proc/1\n");
    expect(listed).not.toContain("status");
    await box.remove();
    const { verbose } = await pod.details();
    process.kill(verbose.pid!, "SIGTERM");
    // Waits for as long as it takes: one that ignores the signal ends this test by its time limit.
    while (await processStat(verbose.pid!)) await setTimeout(20);
  });
});
