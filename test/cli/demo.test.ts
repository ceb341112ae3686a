import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DemoReport } from "../../src/experiment/demo-report.ts";
import { busyboxImage } from "../../src/images/lab-images.ts";
import { Lab } from "../../src/lab/lab.ts";
import { containerds } from "../runtime/labs.ts";
import { crikit, ended, start } from "./crikit.ts";

function labs(): readonly string[] {
  return existsSync("/var/lib/crikit/labs") ? readdirSync("/var/lib/crikit/labs") : [];
}

function names(): readonly string[] {
  return existsSync("/run/netns") ? readdirSync("/run/netns").filter((name) => name.startsWith("demo-")) : [];
}

describe("without an endpoint", () => {
  test("it brings up a lab, tells the story, and leaves nothing", async () => {
    const before = labs();
    const { code, stdout, stderr } = await crikit(["demo", "--explain"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    for (const words of [
      "1. a pod sandbox, before any container",
      "RunPodSandbox",
      "by hand",
      "Verdict: it holds",
      "CNI",
    ]) {
      expect(stdout).toContain(words);
    }
    expect(stdout.indexOf("RunPodSandbox")).toBeLessThan(stdout.indexOf("CreateContainer"));
    expect(stdout).not.toContain("\u001b");
    expect(labs()).toEqual(before);
    expect(names()).toEqual([]);
  });

  test("a lab that somebody has up is not touched by it", async () => {
    await using lab = await Lab.start({ name: `cli-own-${process.pid}`, ephemeral: true });
    expect((await crikit(["demo"])).code).toBe(0);
    await using connection = await lab.connect();
    expect((await connection.runtime.version({})).runtimeName).toBe("containerd");
  });

  test("a handler that breaks a pod's promises is exit 1, and says which member, which namespace, expected and found", async () => {
    const { code, stdout } = await crikit(["demo", "--saboteurs", "--runtime", "unshared-ipc"]);
    expect(code).toBe(1);
    expect(stdout).toContain("Verdict: it does NOT hold");
    expect(stdout).toMatch(/demo-\w+\/web, ipc: expected same-as-pod \d+:\d+, found \d+:\d+/u);
  });

  test("--keep leaves it all, and says how to take it away", async () => {
    const { code, stdout } = await crikit(["demo", "--keep"]);
    try {
      expect(code).toBe(0);
      expect(stdout).toContain("crikit lab down --name demo");
      expect(names()).toHaveLength(1);
    } finally {
      expect((await crikit(["lab", "down", "--name", "demo"])).code).toBe(0);
    }
    expect(names()).toEqual([]);
    expect(labs()).not.toContain("demo");
  });

  test.each([0, 400, 900, 1_400])("Ctrl-C after %i ms ends it with 130 and leaves nothing", async (afterMs) => {
    const before = labs();
    const child = start(["demo", "-D"]);
    const ending = ended(child);
    await once(child.stderr!, "data"); // its first word is said before its first deed
    await sleep(afterMs);
    child.kill("SIGINT");
    const { code } = await ending;
    expect([130, 0]).toContain(code); // 0 where it was quicker
    expect(labs()).toEqual(before);
    expect(names()).toEqual([]);
  });

  test("killed in the middle it leaves a lab and a name, and the next one sweeps both", async () => {
    const child = start(["demo", "-D"]);
    const ending = ended(child);
    let said = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      said += String(chunk);
      if (said.includes("a newcomer joins")) child.kill("SIGKILL");
    });
    expect((await ending).signal).toBe("SIGKILL");
    expect(labs().some((name) => name.startsWith("demo-"))).toBe(true);
    expect(names()).toHaveLength(1);
    expect((await crikit(["demo"])).code).toBe(0);
    expect(labs().filter((name) => name.startsWith("demo-"))).toEqual([]);
    expect(names()).toEqual([]);
  });
});

describe.each(containerds)("on a runtime that is named, $name", ({ path }) => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.start({ name: `cli-demo-${process.pid}`, containerd: path, ephemeral: true });
  });
  afterAll(() => lab.down());

  test("it brings its image and takes it away again; the JSON is the report", async () => {
    await using connection = await lab.connect();
    await connection.image.removeImage({ image: { image: busyboxImage } });
    const { code, stdout } = await crikit(["demo", "-r", lab.endpoint, "-o", "json"]);
    expect(code).toBe(0);
    const report = JSON.parse(stdout) as DemoReport;
    expect(report).toMatchObject({
      apiVersion: "crikit.dev/v1alpha1",
      kind: "Demo",
      verdict: "holds",
      anchor: { source: "pinned" },
      runtime: { name: "containerd", endpoint: lab.endpoint },
    });
    expect(report.findings.length).toBeGreaterThan(40);
    expect((await connection.image.imageStatus({ image: { image: busyboxImage } })).image).toBeUndefined();
    expect((await connection.runtime.listPodSandbox({})).items).toEqual([]);
  });

  test("the environment names one as well as the flag does", async () => {
    const { code, stdout } = await crikit(["demo", "-o", "json"], {
      env: { CONTAINER_RUNTIME_ENDPOINT: lab.endpoint },
    });
    expect(code).toBe(0);
    expect((JSON.parse(stdout) as DemoReport).runtime.endpoint).toBe(lab.endpoint);
  });

  test("Markdown is a document", async () => {
    const { stdout } = await crikit(["demo", "-r", lab.endpoint, "-o", "markdown"]);
    expect(stdout).toMatch(/^# What a pod shares/u);
    expect(stdout.match(/^## \d\. /gmu)).toHaveLength(6);
  });
});

test("a runtime that is not there leaves no verdict: exit 2, and nothing on stdout", async () => {
  expect(await crikit(["demo", "-r", "/no/such.sock"])).toMatchObject({
    code: 2,
    stdout: "",
    stderr: expect.stringContaining("no socket at unix:///no/such.sock"),
  });
});

test("a handler that there is not leaves no verdict either", async () => {
  const { code, stdout, stderr } = await crikit(["demo", "--runtime", "no-such-handler"]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toContain("no-such-handler");
});
