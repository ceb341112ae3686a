import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Connection } from "../../src/cri/connect.ts";
import { busyboxImage } from "../../src/images/lab-images.ts";
import { Lab } from "../../src/lab/lab.ts";
import { Scope } from "../../src/lifetime.ts";
import { run, runOrThrow } from "../../src/linux/run.ts";
import { PodSandbox } from "../../src/sandbox/pod-sandbox.ts";
import { containerd } from "../runtime/labs.ts";
import { crikit, crikitPath, ended, start } from "./crikit.ts";
import { shells, type Shells } from "./shells.ts";

const idle = ["sh", "-c", "trap 'exit 0' TERM; sleep 600 & wait"];

describe("crikit verify", () => {
  const scope = new Scope();
  let lab: Lab;
  let line: Connection;
  let shell: Shells;
  let web: PodSandbox;

  beforeAll(async () => {
    const options = { name: `cli-verify-${process.pid}`, containerd: containerd.path, ephemeral: true };
    lab = await Lab.start({ ...options, saboteurs: true });
    scope.defer(() => lab.down());
    line = scope.use(await lab.connect());
    shell = shells({ env: { CONTAINER_RUNTIME_ENDPOINT: lab.endpoint } });
    scope.defer(async () => shell[Symbol.dispose]());
    web = scope.use(await PodSandbox.run(line, { name: "web", namespace: "shop", labels: { app: "shop" } }));
    await web.start({ name: "app", image: busyboxImage, command: idle });
  });
  afterAll(() => scope[Symbol.asyncDispose]());

  const verify = (...words: readonly string[]) => crikit(["-r", lab.endpoint, "verify", ...words]);

  test("says in a table that every pod holds, and exits with 0", async () => {
    const { code, stdout, stderr } = await verify();
    expect(stdout.split("\n")).toEqual([
      "VERDICT   POD   NAMESPACE   POD ID          ANCHOR   MEMBERS   HOLDS   WRONG",
      `holds     web   shop        ${web.id.slice(0, 13)}   pin      2         17/17`,
      "",
      "holds: 1 pod, 17 promises measured: 1 holds",
      "",
    ]);
    expect([code, stderr]).toEqual([0, ""]);
  });

  test("names the broken container with a command that shows the same, and exits with 1", async () => {
    await using torn = await PodSandbox.run(line, { name: "torn", runtimeHandler: "unshared" });
    await torn.start({ name: "app", image: busyboxImage, command: idle });
    const { code, stdout } = await verify();
    expect(code).toBe(1);
    const match =
      /BROKEN {2}crikit\/torn, container app, net: expected the pod's (\S+), found (\S+)\n +\S+ {2}(stat .*)\n/u;
    const [, expected, found, byHand] = match.exec(stdout) ?? [];
    expect(found).not.toBe(expected);
    expect((await runOrThrow("sh", ["-c", byHand!])).trim()).toBe(found);
    const only = await verify("shop/web", "-o", "jsonl");
    expect([only.code, JSON.parse(only.stdout).verdict]).toEqual([0, "holds"]);
    const skipped = await verify("torn", "--skip", "namespace");
    expect(skipped.code).toBe(0);
  });

  test("finds by label, name and id; what is expected otherwise is broken in every format", async () => {
    for (const words of [["--label", "app=shop"], ["web"], [web.id.slice(0, 8)]]) {
      const { code, stdout } = await verify(...words, "--expect", "net=host,pid=private", "-o", "json");
      expect(code).toBe(1);
      const wrong = JSON.parse(stdout).findings.filter(({ ok }: { ok: boolean }) => !ok);
      expect(wrong.map(({ name, expected }: Record<string, string>) => [name, expected])).toEqual([
        ["web", "same-as-host"],
        ["app", "same-as-host"],
      ]);
    }
    expect((await verify("--expect", "net=host", "-o", "tap")).stdout).toContain("not ok 1 - shop/web\n");
    expect((await verify("--expect", "net=host", "-o", "junit")).stdout).toContain('failures="2"');
  });

  test("a program that is started in a container is looked at when it is asked for", async () => {
    const { code, stdout } = await verify("web", "--exec", "-v");
    expect(stdout).toContain("shop/web, container app, exec");
    expect(code).toBe(0);
    expect((await verify("web", "-v")).stdout).not.toContain("exec");
  });

  test.each([
    [["--expect", "nett=shared"], "did you mean 'net'?"],
    [["--expect", "net=shred"], "did you mean 'shared'?"],
    [["--check", "pins"], "did you mean 'pin'?"],
    [["web", "--all"], "name pods, or choose them"],
    [["--check", "pin", "--skip", "modes"], "say which checks to make"],
    [["--interval", "5s"], "--interval is for --watch"],
    [["--watch", "-o", "tap"], "does not go with --watch"],
  ])("%j is refused before anybody is asked, with 2", async (words, message) => {
    const { code, stderr } = await crikit(["-r", "unix:///nobody.sock", "verify", ...words]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  });

  test("what could not be measured exits with 2: no pod, no such pod, no runtime", async () => {
    const none = await verify("--label", "app=none");
    expect([none.code, none.stdout]).toEqual([2, "there is no pod to verify\n"]);
    const missing = await verify("nope");
    expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining("no pod sandbox 'nope'")]);
    expect((await crikit(["-r", "unix:///nobody.sock", "verify"])).code).toBe(2);
  });

  test("in a pid namespace of its own it measures no process, and says what it would take", async () => {
    const words = ["--pid", "--fork", "--mount-proc", crikitPath, "-r", lab.endpoint, "verify", "web"];
    const { exitCode, stdout } = await run("unshare", words);
    expect(exitCode).toBe(2);
    expect(stdout).toMatch(/^unmeasured {2}shop\/web, sandbox, net, ipc, uts, pid, mnt, user: .*hostPID: true/mu);
    expect(stdout).not.toContain("BROKEN");
  });

  test("--watch tells what changes: a pod that breaks, and that it is gone; interrupted it exits with the last verdict", async () => {
    const child = start(["-r", lab.endpoint, "verify", "--watch", "-o", "jsonl"]);
    const end = ended(child);
    let text = "";
    child.stdout!.on("data", (chunk: Buffer) => (text += chunk.toString()));
    const lines = (): readonly Record<string, unknown>[] =>
      text
        .split("\n")
        .slice(0, -1)
        .map((one) => JSON.parse(one));
    const until = async (fits: (told: readonly Record<string, unknown>[]) => boolean): Promise<void> => {
      while (!fits(lines())) await sleep(50);
    };
    await until((told) => told.length === 1);
    expect(lines()).toMatchObject([{ name: "web", verdict: "holds" }]);
    const torn = await PodSandbox.run(line, { name: "torn", runtimeHandler: "unshared-ipc" });
    await torn.start({ name: "app", image: busyboxImage, command: idle });
    await until((told) => told.some(({ name, verdict }) => name === "torn" && verdict === "broken"));
    await torn.remove();
    await until((told) => told.some(({ name, gone }) => name === "torn" && gone === true));
    expect(lines().filter(({ name }) => name === "web")).toHaveLength(1);
    child.kill("SIGINT");
    expect((await end).code).toBe(0);
  });

  test("the shell is offered pods, kinds with words, checks and formats", async () => {
    expect(await shell.bash("verify", "w")).toEqual(["web"]);
    expect(await shell.bash("verify", "--expect", "ut")).toEqual(["uts=shared", "uts=private", "uts=host"]);
    expect(await shell.bash("verify", "--expect", "net", "=", "shared,ut")).toContain("shared,uts=private");
    expect(await shell.bash("verify", "--skip", "orph")).toEqual(["orphan-pin"]);
    expect(await shell.bash("verify", "-o", "j")).toEqual(["json", "jsonl", "junit"]);
  });
});
