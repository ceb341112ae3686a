import { once } from "node:events";
import { appendFileSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Connection } from "../../src/cri/connect.ts";
import { busyboxImage } from "../../src/images/lab-images.ts";
import { Lab } from "../../src/lab/lab.ts";
import { Scope } from "../../src/lifetime.ts";
import { timeOf } from "../../src/logs/log-entry.ts";
import type { Container } from "../../src/sandbox/container.ts";
import { PodSandbox } from "../../src/sandbox/pod-sandbox.ts";
import { containerds } from "../runtime/labs.ts";
import { crikit, ended, start } from "./crikit.ts";

describe.each(containerds)("logs on $name", ({ path }) => {
  const scope = new Scope();
  let lab: Lab;
  let line: Connection;
  let pod: PodSandbox;
  let folder: string;
  const run = (...argv: string[]) => crikit(["-r", lab.endpoint, ...argv]);

  /** A container that runs a line of shell, with its log at `NAME/0.log`. */
  const container = (name: string, script: string, logPath = `${name}/0.log`): Promise<Container> =>
    pod.start({ name, image: busyboxImage, command: ["sh", "-c", script], config: { logPath } });
  const over = async (one: Container): Promise<void> => {
    while ((await one.details()).status.finishedAt === 0n) await sleep(20);
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "crikit-cli-logs-"));
    scope.defer(async () => rmSync(folder, { recursive: true }));
    lab = await Lab.start({ name: `cli-logs-${process.pid}`, containerd: path, ephemeral: true });
    scope.defer(() => lab.down());
    line = scope.use(await lab.connect());
    pod = scope.use(await PodSandbox.run(line, { name: "web", config: { logDirectory: folder } }));
    await over(await container("talk", "echo one; echo two >&2; printf 'three\\377\\033[2J'; sleep 0.1"));
    await over(await container("long", "head -c 100000 /dev/zero | tr '\\0' x; echo; echo end"));
  });
  afterAll(() => scope[Symbol.asyncDispose]());

  test("go to where they were written, byte for byte", async () => {
    const { code, stdout, stderr } = await run("logs", "web/talk");
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "one\nthree\ufffd\u001b[2J", stderr: "two\n" });
  });

  test("have their long lines whole, and their last ones", async () => {
    expect((await run("logs", "web/long")).stdout).toBe(`${"x".repeat(100_000)}\nend\n`);
    expect((await run("logs", "--tail", "1", "web/long")).stdout).toBe("end\n");
    expect((await run("logs", "--tail=2", "web/long")).stdout).toHaveLength(100_005);
    expect((await run("logs", "--limit-bytes", "5", "web/long")).stdout).toMatch(/^x{5}\n?$/u);
  });

  test("have times, and are chosen by them and by their stream", async () => {
    expect((await run("logs", "-t", "web/talk")).stderr).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+\S+ two\n$/u);
    expect(await run("logs", "--stream", "stderr", "web/talk")).toMatchObject({ stdout: "", stderr: "two\n" });
    expect((await run("logs", "--since", "1h", "web/talk")).stdout).toContain("one");
    expect((await run("logs", "--since", "2100-01-01T00:00:00Z", "web/talk")).stdout).toBe("");
    expect(await run("logs", "--since", "soon", "web/talk")).toMatchObject({ code: 2, stdout: "" });
  });

  test("of a pod are those of all its containers, by name and in the order of time", async () => {
    const { stdout, stderr } = await run("logs", "--tail", "1", "web");
    expect(stdout.split("\n")).toEqual(["talk | three\ufffd\u001b[2J", "long | end", ""]);
    expect(stderr).toBe("");
    const json = (await run("logs", "-o", "jsonl", "web")).stdout.trimEnd().split("\n");
    const read = json.map((text) => JSON.parse(text) as { time: string; container: string });
    const times = read.map(({ time }) => timeOf({ time }) ?? 0n); // as text 1.1Z would be after 1.12Z
    expect(times).toEqual(times.toSorted((a, b) => (a < b ? -1 : 1)));
    expect(new Set(read.map(({ container: name }) => name))).toEqual(new Set(["talk", "long"]));
  });

  test("are followed through rotations at full speed, without losing a line, to the container's end", async () => {
    const total = 100_000;
    const writes = `i=0; while [ $i -lt ${total} ]; do i=$((i+1)); echo "line $i"; done`;
    const busy = await container("busy", `${writes}; while [ ! -e /tmp/over ]; do sleep 0.05; done`);
    const child = start(["-r", lab.endpoint, "logs", "-f", "web/busy"]);
    const followed = ended(child);
    await once(child.stdout!, "data");
    const file = join(folder, "busy/0.log");
    for (let rotation = 1; rotation <= 3; rotation++) {
      await sleep(150);
      renameSync(file, `${file}.20261123-10000${rotation}`);
      await line.runtime.reopenContainerLog({ containerId: busy.id });
    }
    await line.runtime.execSync({ containerId: busy.id, cmd: ["touch", "/tmp/over"], timeout: 10n });
    const { code, stdout } = await followed;
    expect(code).toBe(0);
    const lines = stdout.trimEnd().split("\n");
    expect(lines).toHaveLength(total);
    expect(lines.every((text, at) => text === `line ${at + 1}`)).toBe(true);
    expect((await run("logs", "web/busy")).stdout).toBe(stdout);
    await busy.remove();
  });

  test("stop being followed by an interrupt", async () => {
    const steady = await container("steady", "while :; do echo tick; sleep 0.1; done");
    const child = start(["-r", lab.endpoint, "logs", "-f", "web/steady"]);
    const followed = ended(child);
    await new Promise((resolve) => child.stdout!.once("data", resolve));
    child.kill("SIGINT");
    expect(await followed).toMatchObject({ code: 0, stderr: "" });
    await steady.remove();
  });

  test("of the attempt before are found beside the present one's", async () => {
    await over(await container("again", "echo now", "again/1.log"));
    appendFileSync(join(folder, "again/0.log"), "2026-11-23T10:00:00Z stdout F before\n");
    expect(await run("logs", "-p", "web/again")).toMatchObject({ code: 0, stdout: "before\n" });
    expect(await run("logs", "-p", "web/talk")).toMatchObject({ code: 1, stdout: "" });
  });

  test("that are not there are told of, with the reason", async () => {
    const silent = await pod.start({ name: "silent", image: busyboxImage, command: ["true"] });
    expect((await run("logs", silent.id)).stderr).toMatch(
      /^crikit: container silent has no log: .*\nhint: .*log_path/u,
    );
    expect(readFileSync(join(folder, "talk/0.log"))).not.toHaveLength(0);
    renameSync(join(folder, "long"), join(folder, "elsewhere"));
    const { code, stderr } = await run("logs", "web/long");
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/long\/0\.log \(ENOENT\)\nhint: logs are files/u) as string,
    });
    expect(await run("logs", "nothing")).toMatchObject({ code: 1 });
    expect(await run("logs")).toMatchObject({ code: 2, stdout: "" });
  });
});
