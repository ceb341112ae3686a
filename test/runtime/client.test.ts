import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { busyboxImage } from "../../src/images/lab-images.ts";
import { Lab } from "../../src/lab/lab.ts";
import { PodSandbox } from "../../src/sandbox/pod-sandbox.ts";
import { containerds } from "./labs.ts";

const idle = ["sh", "-c", "trap 'exit 0' TERM; sleep 600 & wait"];

describe.each(containerds)("the client on $name", ({ path, version }) => {
  test("every RPC of the runtime is answered or said to be missing, by name and version", async () => {
    await using lab = await Lab.start({ name: `client-${process.pid}`, containerd: path, ephemeral: true });
    await using connection = await lab.connect();
    expect(connection.version).toMatchObject({ runtimeName: "containerd", runtimeApiVersion: "v1" });
    const { runtime, image } = connection;
    expect((await runtime.status({ verbose: true })).status?.conditions.every(({ status }) => status)).toBe(true);
    expect((await image.listImages({})).images.length).toBeGreaterThanOrEqual(2);
    expect((await image.imageFsInfo({})).imageFilesystems).toHaveLength(1);
    for (const list of [runtime.listPodSandbox, runtime.listContainers, runtime.listContainerStats]) {
      expect(Object.values(await list({}))[0]).toEqual([]);
    }
    await expect(runtime.updatePodSandboxResources({ podSandboxId: "x" })).rejects.toMatchObject({
      code: expect.stringMatching(/unimplemented|not-found/u),
    });
    await expect(runtime.checkpointPod({})).rejects.toMatchObject({
      code: "unimplemented",
      message: expect.stringContaining(`containerd ${version}`.split("+")[0] ?? ""),
    });
    await expect(runtime.podSandboxStatus({ podSandboxId: "gone" })).rejects.toMatchObject({ code: "not-found" });
    // Idempotent by CRI's word.
    await runtime.removePodSandbox({ podSandboxId: "gone" });
    await runtime.removeContainer({ containerId: "gone" });
  });

  test("containerd is killed and comes back: the same client's next call works, and a call under way fails in time", async () => {
    const options = { name: `client-${process.pid}`, containerd: path, ephemeral: true };
    const lab = await Lab.start(options);
    await using connection = await lab.connect();
    const pod = await PodSandbox.run(connection, { name: "there" });
    const box = await pod.start({ name: "box", image: busyboxImage, command: idle });
    const hanging = box.execSync(["sleep", "60"]);
    await sleep(200);
    process.kill(lab.record.containerd.process!.pid, "SIGKILL");
    await expect(hanging).rejects.toMatchObject({ code: "connection-lost", rpc: "ExecSync" });
    await expect(connection.runtime.version({})).rejects.toMatchObject({
      code: expect.stringMatching(/refused|missing|lost/u),
    });
    // The dead one is taken down with its pod, and another comes up on the same socket.
    await using again = await Lab.start(options);
    expect(again.endpoint).toBe(lab.endpoint);
    expect((await connection.runtime.version({})).runtimeName).toBe("containerd");
    expect((await connection.runtime.listPodSandbox({})).items).toEqual([]);
  });
});
