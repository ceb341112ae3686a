import { describe, expect, test } from "vitest";
import { dial } from "../../../src/cri/connect.ts";
import { PodSandbox } from "../../../src/sandbox/pod-sandbox.ts";
import { runContainer } from "../../../src/sandbox/run-container.ts";
import { FakeRuntime, SocketFolder } from "../rpc/fake-runtime.ts";

const there = { name: "web", namespace: "shop", uid: "u1", attempt: 0 };

/** A runtime that answers RunPodSandbox with the pod that it has, as CRI-O does, and has one that is ready or not. */
async function runtime(state: 0 | 1, work: (endpoint: string) => Promise<void>): Promise<readonly string[]> {
  using folder = new SocketFolder();
  const answer = (value: object): never =>
    ((_: unknown, done: (error: null, value: object) => void) => done(null, value)) as never;
  await using fake = await FakeRuntime.listen(folder.socket(), {
    listPodSandbox: answer({ items: [{ id: "mine", metadata: there, state }] }),
    runtimeConfig: answer({ linux: { cgroupDriver: 1 } }),
    runPodSandbox: answer({ podSandboxId: "mine" }),
    stopPodSandbox: answer({}),
    removePodSandbox: answer({}),
  });
  await work(`unix://${folder.socket()}`);
  return fake.calls;
}

describe("somebody's pod is never taken for a new one", () => {
  test("when it is the same: no RunPodSandbox, and above all no clean-up", async () => {
    const calls = await runtime(1, async (endpoint) => {
      await using line = await dial(endpoint);
      const making = runContainer(line, {
        pod: { config: { metadata: there } },
        container: { metadata: { name: "app" } },
      });
      await expect(making).rejects.toMatchObject({
        code: "already-exists",
        message: "there is a pod shop/web already: mine, not ready",
        hint: "'crikit rmp -f mine' removes it, or give the new one another name",
      });
    });
    expect(calls).toEqual(["ListPodSandbox"]);
  });

  test.each([
    ["ready", 0, ["ListPodSandbox"]],
    ["not ready", 1, ["ListPodSandbox", "RuntimeConfig", "RunPodSandbox"]],
  ] as const)("when it is %s and has the same name alone", async (_, state, expected) => {
    const calls = await runtime(state, async (endpoint) => {
      await using line = await dial(endpoint);
      const config = { metadata: { name: "web", namespace: "shop" } };
      await PodSandbox.runConfig(line, { config, uniqueName: true }).catch(() => undefined);
    });
    expect(calls).toEqual(expected);
  });
});
