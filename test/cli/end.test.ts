import { existsSync, lstatSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Connection } from "../../src/cri/connect.ts";
import { ContainerState, PodSandboxState } from "../../src/cri/messages.ts";
import { busyboxImage } from "../../src/images/lab-images.ts";
import { Lab } from "../../src/lab/lab.ts";
import { Scope } from "../../src/lifetime.ts";
import type { Container } from "../../src/sandbox/container.ts";
import { PodSandbox } from "../../src/sandbox/pod-sandbox.ts";
import { containerds } from "../runtime/labs.ts";
import { crikit, ended, start } from "./crikit.ts";

const polite = "trap 'exit 3' TERM; sleep 600 & wait";
const stubborn = "trap '' TERM; while :; do sleep 1; done";

describe.each(containerds)("ending things on $name", ({ path }) => {
  const scope = new Scope();
  let lab: Lab;
  let line: Connection;
  let pod: PodSandbox;
  let folder: string;
  let count = 0;
  const run = (...argv: string[]) => crikit(["-r", lab.endpoint, ...argv]);

  async function container(script: string, name = `c${count++}`): Promise<Container> {
    const config = { logPath: `${name}.log`, labels: { test: name } };
    return pod.start({ name, image: busyboxImage, command: ["sh", "-c", script], config });
  }
  const stateOf = async ({ id }: Container): Promise<string | undefined> => {
    const { containers } = await line.runtime.listContainers({ filter: { id } });
    const state = containers[0]?.state;
    return Object.entries(ContainerState).find(([, value]) => value === state)?.[0];
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "crikit-cli-end-"));
    scope.defer(async () => rmSync(folder, { recursive: true }));
    lab = await Lab.start({ name: `cli-end-${process.pid}`, containerd: path, ephemeral: true });
    scope.defer(() => lab.down());
    line = scope.use(await lab.connect());
    pod = scope.use(await PodSandbox.run(line, { name: "main", config: { logDirectory: folder } }));
  });
  afterAll(() => scope[Symbol.asyncDispose]());

  describe("stop", () => {
    test("lets a container end by itself, unless it is called crictl", async () => {
      const one = await container(polite);
      expect(await run("stop", one.id)).toMatchObject({ code: 0, stdout: `${one.id}\n`, stderr: "" });
      expect((await one.details()).status.exitCode).toBe(3);
      const two = await container(polite);
      expect(await crikit(["crictl", "-r", lab.endpoint, "stop", two.id])).toMatchObject({
        code: 0,
        stdout: `${two.id}\n`,
      });
      expect((await two.details()).status.exitCode).toBe(137);
    });

    test("kills at once with -t 0, and one that does not listen after its time", async () => {
      const [one, two] = [await container(polite), await container(stubborn)];
      expect(await run("stop", "-t0", one.id)).toMatchObject({ code: 0 });
      expect(await run("stop", "--timeout", "1s", two.id)).toMatchObject({ code: 0 });
      expect((await one.details()).status.exitCode).toBe(137);
      expect((await two.details()).status.exitCode).toBe(137);
    });

    test("does what it can of several, and tells what it could not", async () => {
      const [one, two] = [await container(polite), await container(polite)];
      const gone = "0".repeat(64);
      const { code, stdout, stderr } = await run("stop", "-t", "1", one.id, gone, two.id);
      expect(
        stdout
          .trim()
          .split("\n")
          .toSorted((a, b) => (a < b ? -1 : 1)),
      ).toEqual([one.id, two.id, ...(stderr === "" ? [gone] : [])].toSorted((a, b) => (a < b ? -1 : 1)));
      // CRI wants it to be no failure, and newer runtimes do as it wants.
      if (code !== 0) expect(stderr).toContain(gone);
      expect(await stateOf(one)).toBe("CONTAINER_EXITED");
      expect(await stateOf(two)).toBe("CONTAINER_EXITED");
    });

    test("by label is a rehearsal with --dry-run, and nothing is no failure", async () => {
      const one = await container(polite, "chosen");
      await container(polite);
      const rehearsed = await run("stop", "--label", "test=chosen", "--dry-run");
      expect(rehearsed).toMatchObject({ code: 0, stdout: `would be stopped: chosen (${one.id})\n` });
      expect(await stateOf(one)).toBe("CONTAINER_RUNNING");
      expect((await run("stop", "--label", "test=chosen")).stdout).toBe(`${one.id}\n`);
      expect(await run("stop", "--label", "test=chosen")).toMatchObject({
        code: 0,
        stdout: "",
        stderr: "note: no container runs\n",
      });
      expect((await run("stop", "-a", "-t", "1", "-o", "json")).code).toBe(0);
      expect((await run("ps", "-q")).stdout).toBe("");
    });

    test("says that it wants to know which", async () => {
      expect(await run("stop")).toMatchObject({ code: 2, stdout: "" });
      expect(await run("stop", "x", "-a")).toMatchObject({ code: 2, stdout: "" });
      expect(await run("stop", "-t", "soon", "x")).toMatchObject({ code: 2, stdout: "" });
      expect(await run("stop", "nobody")).toMatchObject({ code: 1, stdout: "" });
    });

    test("is given up by an interrupt, and says nothing more", async () => {
      const one = await container("trap 'echo asked' TERM; while :; do sleep 0.1; done", "asked");
      const child = start(["-r", lab.endpoint, "stop", "-t", "60", one.id]);
      const end = ended(child);
      while (!readFileSync(join(folder, "asked.log"), "utf8").includes("asked")) await sleep(20);
      child.kill("SIGINT");
      expect(await end).toMatchObject({ code: 130, stdout: "", stderr: "" });
      await one.stop(0);
    });
  });

  describe("rm", () => {
    test("removes a container that has ended, with its logs, and follows no link", async () => {
      const one = await container("echo hi", "logged");
      while ((await stateOf(one)) !== "CONTAINER_EXITED") await sleep(20);
      const log = join(folder, "logged.log");
      writeFileSync(`${log}.20261123-100000.gz`, "");
      writeFileSync(join(folder, "precious"), "");
      symlinkSync(join(folder, "precious"), `${log}.20261123-110000`);
      writeFileSync(join(folder, "logged.log2"), "");
      expect(await run("rm", "main/logged")).toMatchObject({ code: 0, stdout: `${one.id}\n`, stderr: "" });
      expect([log, `${log}.20261123-100000.gz`].map((file) => existsSync(file))).toEqual([false, false]);
      expect(existsSync(join(folder, "precious"))).toBe(true);
      expect(lstatSync(`${log}.20261123-110000`).isSymbolicLink()).toBe(true);
      expect(existsSync(join(folder, "logged.log2"))).toBe(true);
      expect(await stateOf(one)).toBeUndefined();
    });

    test("keeps the logs with -k", async () => {
      const one = await container("echo hi", "kept");
      while ((await stateOf(one)) !== "CONTAINER_EXITED") await sleep(20);
      expect((await run("rm", "-k", one.id)).code).toBe(0);
      expect(existsSync(join(folder, "kept.log"))).toBe(true);
    });

    test("leaves one that runs alone, unless it is forced", async () => {
      const [one, two] = [await container(polite, "runs"), await container("true")];
      while ((await stateOf(two)) !== "CONTAINER_EXITED") await sleep(20);
      const refused = await run("rm", one.id, two.id);
      expect(refused).toMatchObject({ code: 1, stdout: `${two.id}\n` });
      expect(refused.stderr).toMatch(
        /^crikit: container runs \([0-9a-f]{64}\) still runs, and was not removed\nhint: .*rm -f/u,
      );
      expect(await stateOf(one)).toBe("CONTAINER_RUNNING");
      expect(await run("rm", "-f", "runs")).toMatchObject({ code: 0, stdout: `${one.id}\n` });
      expect(await run("rm", "-af")).toMatchObject({ code: 0 });
      expect(await run("rm", "-a")).toMatchObject({ code: 0, stdout: "", stderr: "note: there is no container\n" });
    });
  });

  describe("wait", () => {
    test("ends as the container does", async () => {
      const one = await container("sleep 0.3; exit 7");
      expect(await run("wait", one.id)).toMatchObject({ code: 7, stdout: "7\n", stderr: "" });
      expect(await run("wait", one.id)).toMatchObject({ code: 7, stdout: "7\n" });
    });

    test("ends as the first of several that failed, and tells of each", async () => {
      const [one, two, three] = [
        await container("exit 0", "first"),
        await container("sleep 0.5; exit 4", "second"),
        await container("exit 5", "third"),
      ];
      const { code, stdout } = await run("wait", one.id, two.id, three.id, "-o", "jsonl");
      expect(code).toBe(4);
      const told = stdout
        .trim()
        .split("\n")
        .map((text) => JSON.parse(text) as { id: string; exitCode: number });
      expect(Object.fromEntries(told.map(({ id, exitCode }) => [id, exitCode]))).toEqual({
        [one.id]: 0,
        [two.id]: 4,
        [three.id]: 5,
      });
      expect((await run("wait", "first", "third")).stdout).toMatch(/main\/third 5|third 5/u);
    });

    test("gives up when it is told to, and leaves the container alone", async () => {
      const one = await container(polite, "endless");
      const { code, stdout, stderr } = await run("wait", "--within", "300ms", "endless");
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      expect(stderr).toContain("endless did not end in time");
      expect(await stateOf(one)).toBe("CONTAINER_RUNNING");
      await one.remove();
    });
  });

  describe("pods", () => {
    const pods = async (): Promise<Readonly<Record<string, PodSandboxState>>> => {
      const { items } = await line.runtime.listPodSandbox({});
      return Object.fromEntries(items.map(({ metadata, state }) => [metadata?.name ?? "", state]));
    };

    test("are stopped by name, and removed in one step with -f", async () => {
      const one = await PodSandbox.run(line, { name: "one", namespace: "shop" });
      expect(await run("stopp", "shop/one")).toMatchObject({
        code: 0,
        stdout: `Stopped sandbox ${one.id}\n`,
        stderr: "",
      });
      expect((await pods())["one"]).toBe(PodSandboxState.SANDBOX_NOTREADY);
      expect(await run("rmp", "one")).toMatchObject({ code: 0, stdout: `Removed sandbox ${one.id}\n` });
      const two = await PodSandbox.run(line, { name: "two" });
      const refused = await run("rmp", "two");
      expect(refused).toMatchObject({ code: 1, stdout: "" });
      expect(refused.stderr).toMatch(/^crikit: pod two .* is still ready, and was not removed\nhint: .*rmp -f/u);
      expect(await run("rmp", "-f", "two")).toMatchObject({
        code: 0,
        stdout: `Stopped sandbox ${two.id}\nRemoved sandbox ${two.id}\n`,
      });
      expect(Object.keys(await pods())).toEqual(["main"]);
    });

    test("that are gone already are no failure for stopp, on any version", async () => {
      const id = "0".repeat(64);
      expect(await run("stopp", id)).toMatchObject({ code: 0, stdout: `Stopped sandbox ${id}\n`, stderr: "" });
      expect(await run("rmp", id)).toMatchObject({ code: 1, stdout: "" });
    });

    test("are all stopped by label", async () => {
      const labels = { batch: "yes" };
      await PodSandbox.run(line, { name: "b1", labels });
      await PodSandbox.run(line, { name: "b2", labels });
      expect((await run("stopp", "-a", "--label", "batch=yes")).stdout.match(/^Stopped sandbox/gmu)).toHaveLength(2);
      expect((await pods())["main"]).toBe(PodSandboxState.SANDBOX_READY);
      expect((await run("rmp", "--label", "batch=yes")).stdout.match(/^Removed sandbox/gmu)).toHaveLength(2);
      expect(Object.keys(await pods())).toEqual(["main"]);
    });
  });

  test("a dry run refuses what would be refused", async () => {
    const runs = await container(polite, "rehearsed");
    const refused = await run("rm", "--dry-run", "rehearsed");
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toContain("still runs, and was not removed");
    expect(await run("rm", "-f", "--dry-run", "rehearsed")).toMatchObject({
      code: 0,
      stdout: `would be removed: main/rehearsed (${runs.id})\n`,
    });
    const ready = await run("rmp", "--dry-run", "main");
    expect(ready).toMatchObject({ code: 1, stdout: "" });
    expect(ready.stderr).toContain("is still ready, and was not removed");
    expect(await stateOf(runs)).toBe("CONTAINER_RUNNING");
    await runs.remove();
  });

  test("prune takes what nobody needs, and nothing else", async () => {
    await run("rm", "-af");
    const runs = await container(polite, "runs-on");
    const over = await container("true", "is-over");
    while ((await stateOf(over)) !== "CONTAINER_EXITED") await sleep(20);
    const stopped = await PodSandbox.run(line, { name: "stopped" });
    await line.runtime.stopPodSandbox({ podSandboxId: stopped.id });
    const young = await run("prune", "--older-than", "1h");
    expect(young).toMatchObject({ code: 0, stdout: "", stderr: "note: there is nothing to remove\n" });
    const expected = (verb: string): string =>
      `${verb} container is-over (${over.id})\n${verb} pod crikit/stopped (${stopped.id})\n`;
    expect(await run("prune", "--dry-run", "containers", "pods")).toMatchObject({ stdout: expected("would remove") });
    expect(await stateOf(over)).toBe("CONTAINER_EXITED");
    const before = (await line.image.listImages({})).images.length;
    expect(await run("prune")).toMatchObject({ code: 0, stdout: expected("removed") });
    expect(await stateOf(runs)).toBe("CONTAINER_RUNNING");
    // One holds the pods, the other runs.
    expect((await line.image.listImages({})).images).toHaveLength(before);
    await runs.remove();
    expect((await run("prune", "images", "-o", "json")).stdout).toContain('"name": "localhost/crikit/busybox:lab"');
    expect((await line.image.listImages({})).images).toHaveLength(before - 1);
    expect(await run("prune", "everything")).toMatchObject({ code: 2, stdout: "" });
    expect(await run("prune", "images", "--older-than", "1h")).toMatchObject({ code: 2, stdout: "" });
  });
});
