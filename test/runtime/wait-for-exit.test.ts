import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Connection } from "../../src/cri/connect.ts";
import { busyboxImage } from "../../src/images/lab-images.ts";
import { Lab } from "../../src/lab/lab.ts";
import { PodSandbox } from "../../src/sandbox/pod-sandbox.ts";
import { waitForExit, waitForExits } from "../../src/sandbox/wait-for-exit.ts";
import { containerds } from "./labs.ts";

describe.each(containerds)("waiting on $name", ({ path }) => {
  let lab: Lab;
  let connection: Connection;
  let pod: PodSandbox;
  const calls: string[] = [];

  beforeAll(async () => {
    lab = await Lab.start({ name: `wait-test-${process.pid}`, containerd: path, ephemeral: true });
    connection = await lab.connect({ onCall: ({ rpc }) => calls.push(rpc) });
    pod = await PodSandbox.run(connection, { name: "wait" });
  });
  afterAll(async () => {
    await pod.remove();
    connection.close();
    await lab.down();
  });

  const run = (name: string, script: string) => pod.start({ name, image: busyboxImage, command: ["sh", "-c", script] });

  test("gives the exit code and the reason, also when it comes late", async () => {
    await using late = await run("late", "sleep 1; exit 3");
    expect(await waitForExit(connection, late.id)).toEqual({ exitCode: 3, reason: "Error", message: "" });
    await setTimeout(50); // a stream is reported when it has ended
    calls.length = 0;
    expect(await waitForExit(connection, late.id)).toMatchObject({ exitCode: 3 });
    expect(calls).toEqual(["ContainerStatus"]);
  });

  test("waits for several at once, each by its own time, with one subscription", async () => {
    await using one = await run("one", "trap 'exit 0' TERM; sleep 600 & wait");
    await using two = await run("two", "sleep 0.3; exit 137");
    calls.length = 0;
    const [first, second] = waitForExits(connection, [one.id, two.id]);
    expect(await second).toMatchObject({ exitCode: 137 });
    await one.stop(60);
    expect(await first).toMatchObject({ exitCode: 0, reason: "Completed" });
    await setTimeout(50);
    expect(calls.filter((rpc) => rpc === "GetContainerEvents").length).toBeLessThanOrEqual(1);
  });

  test("ends with the signal, and when the container goes", async () => {
    await using idle = await run("idle", "trap 'exit 0' TERM; sleep 600 & wait");
    const signal = AbortSignal.timeout(200);
    await expect(waitForExit(connection, idle.id, { signal })).rejects.toMatchObject({ code: "cancelled" });
    await expect(waitForExit(connection, "no-such-container")).rejects.toMatchObject({ code: "not-found" });
    const exit = waitForExit(connection, idle.id);
    await idle.remove();
    const seen = await exit.then(
      ({ exitCode }) => exitCode,
      ({ code }: { code: string }) => code,
    );
    expect([137, "not-found"]).toContain(seen);
  });
});
