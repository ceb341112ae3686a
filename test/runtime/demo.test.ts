import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Connection } from "../../src/cri/connect.ts";
import { NotFoundError, RuntimeFailedError } from "../../src/errors.ts";
import { DemoJournal, type DemoReport } from "../../src/experiment/demo-report.ts";
import { runDemo } from "../../src/experiment/demo.ts";
import { busyboxImage } from "../../src/images/lab-images.ts";
import { Lab } from "../../src/lab/lab.ts";
import { run } from "../../src/linux/run.ts";
import { containerds } from "./labs.ts";

describe.each(containerds)("the demo on $name", ({ path }) => {
  let lab: Lab;
  let connection: Connection;
  let calls: string[] = [];

  beforeAll(async () => {
    lab = await Lab.start({ name: `demo-test-${process.pid}`, containerd: path, ephemeral: true, saboteurs: true });
    connection = await lab.connect({ onCall: ({ rpc }) => calls.push(rpc) });
  });
  afterAll(async () => {
    connection.close();
    await lab.down();
  });

  function demo(runtimeHandler?: string): Promise<DemoReport> {
    calls = [];
    return runDemo(connection, new DemoJournal(), { image: busyboxImage, runtimeHandler });
  }

  async function podsLeft(): Promise<number> {
    return (await connection.runtime.listPodSandbox({})).items.length;
  }

  test("holds: every promise of every member, every step", async () => {
    const report = await demo();
    expect(report.findings.filter(({ ok }) => ok !== true)).toEqual([]);
    expect(report.steps.flatMap(({ checks }) => checks.filter(({ ok }) => !ok))).toEqual([]);
    expect(report.verdict).toBe("holds");
    expect(report.anchor).toMatchObject({ source: "pinned", path: expect.stringContaining(lab.dir) });
    expect(report.members.map(({ name }) => name).slice(1)).toEqual(["web", "probe"]);
    expect(await podsLeft()).toBe(0);
  });

  test("runs the sandbox before any container, and starts nothing else before it", async () => {
    await demo();
    expect(calls.indexOf("RunPodSandbox")).toBe(0);
    expect(calls.indexOf("CreateContainer")).toBeGreaterThan(calls.indexOf("PodSandboxStatus"));
  });

  test("leaves no name under /var/run/netns, and none in ip's list", async () => {
    const { steps } = await demo();
    const [, name = ""] = steps[2]?.facts[0] ?? [];
    expect(name).toMatch(/^\/run\/netns\/demo-/u);
    expect((await run("ip", ["netns", "list"])).stdout).not.toContain("demo-");
  });

  test.each([
    ["unshared", "net"],
    ["unshared-net", "net"],
    ["unshared-ipc", "ipc"],
    ["unshared-uts", "uts"],
    ["unshared-pid", "pid"],
  ])("the handler %s breaks the verdict, and each container is named with its %s namespace", async (handler, kind) => {
    const report = await demo(handler);
    expect(report.verdict).toBe("broken");
    const wrong = report.findings.filter(({ ok }) => ok === false);
    expect(new Set(wrong.map(({ namespace }) => namespace))).toEqual(new Set([kind]));
    expect(wrong.map(({ name }) => name)).toEqual(expect.arrayContaining(["web", "probe"]));
    for (const { expectedId, observed } of wrong) expect(observed).not.toBe(expectedId);
    expect(await podsLeft()).toBe(0);
  });

  test("a handler that the runtime does not have is a failure, not a verdict, and leaves nothing", async () => {
    await expect(demo("no-such-handler")).rejects.toThrow(RuntimeFailedError);
    expect(await podsLeft()).toBe(0);
  });

  test("an image that is not there is a failure, and leaves nothing", async () => {
    const missing = { image: "localhost/crikit/none:lab" };
    await expect(runDemo(connection, new DemoJournal(), missing)).rejects.toSatisfy(
      (error) => error instanceof RuntimeFailedError || error instanceof NotFoundError,
    );
    expect(await podsLeft()).toBe(0);
  });

  test("given up in the middle, it leaves nothing", async () => {
    const giveUp = new AbortController();
    const journal = new DemoJournal(({ title }) => title.startsWith("a name") && giveUp.abort());
    const broken = runDemo(connection, journal, { image: busyboxImage, signal: giveUp.signal });
    await expect(broken).rejects.toMatchObject({ code: "cancelled" });
    expect(await podsLeft()).toBe(0);
    expect((await run("ip", ["netns", "list"])).stdout).not.toContain("demo-");
  });
});
