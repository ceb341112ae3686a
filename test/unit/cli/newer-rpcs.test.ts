import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { run } from "../../../src/cli/program.ts";
import { FakeRuntime, SocketFolder } from "../rpc/fake-runtime.ts";
import { fakeIo } from "./fake-io.ts";

const [pod, container] = ["a".repeat(64), "b".repeat(64)] as const;
const folder = mkdtempSync(join(tmpdir(), "crikit-newer-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** What the runtime was asked for, and what the command printed. No runtime that we have has these RPCs. */
async function asked(
  rpc: string,
  argv: readonly string[],
  answer: object = {},
): Promise<{ request: unknown; stdout: string }> {
  using socket = new SocketFolder();
  let request: unknown;
  const handler = (call: { readonly request: unknown }, done: (error: null, answer: object) => void): void => {
    request = call.request;
    done(null, answer);
  };
  await using _ = await FakeRuntime.listen(socket.socket(), { [rpc]: handler as never });
  const io = fakeIo();
  const code = await run(["-r", `unix://${socket.socket()}`, ...argv], io);
  expect({ code, stderr: io.stderr.text() }).toEqual({ code: 0, stderr: "" });
  return { request, stdout: io.stdout.text() };
}

describe("a runtime that has it is asked", () => {
  test("by updatep for the limits that are named", async () => {
    const argv = ["updatep", "--memory", "1GiB", "--cpu-share", "512", "--overhead-memory", "32MiB", pod];
    const { request, stdout } = await asked("updatePodSandboxResources", argv);
    expect(request).toMatchObject({
      podSandboxId: pod,
      resources: { memoryLimitInBytes: 1n << 30n, cpuShares: 512n, cpuQuota: 0n },
      overhead: { memoryLimitInBytes: 32n << 20n },
    });
    expect(stdout).toBe(`${pod}\n`);
  });

  test("by checkpoint for an archive", async () => {
    const { request, stdout } = await asked("checkpointContainer", ["checkpoint", "-e", "/var/x.tar", container]);
    expect(request).toMatchObject({ containerId: container, location: "/var/x.tar" });
    expect(stdout).toBe(`${container}\n`);
  });

  test("by checkpointp for the containers and the options that are named", async () => {
    const argv = ["checkpointp", "-e", "/var/x", "--container", container, "--option", "a=b=c", pod];
    expect((await asked("checkpointPod", argv)).request).toMatchObject({
      podSandboxId: pod,
      outputPath: "/var/x",
      containerIds: [container],
      options: { a: "b=c" },
    });
  });

  test("by restorep with the configs that are named", async () => {
    const [podFile, containerFile] = [join(folder, "pod.json"), join(folder, "app.json")];
    const linux = { security_context: { namespace_options: { pid: 1 } } };
    writeFileSync(podFile, JSON.stringify({ metadata: { name: "web", namespace: "shop" }, linux }));
    writeFileSync(containerFile, JSON.stringify({ metadata: { name: "app" }, image: { image: "x" }, linux }));
    const argv = ["restorep", "/var/x", podFile, "--container-config", containerFile, "-r", "kata"];
    const { request, stdout } = await asked("restorePod", argv, { podSandboxId: pod, restoredContainers: [] });
    expect(request).toMatchObject({
      checkpointPath: "/var/x",
      config: { metadata: { name: "web" } },
      containerConfigs: [{ metadata: { name: "app" } }],
      runtimeHandler: "kata",
    });
    expect(stdout).toBe(`${pod}\n`);
  });

  test("by update for a container on Windows", async () => {
    const argv = ["update", "--cpu-count", "2", "--memory", "1GiB", container];
    const { request } = await asked("updateContainerResources", argv);
    expect(request).toMatchObject({ containerId: container, windows: { cpuCount: 2n, memoryLimitInBytes: 1n << 30n } });
    expect(request).not.toHaveProperty("linux.cpuShares");
  });
});
