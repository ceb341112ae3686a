import { once } from "node:events";
import { kill } from "node:process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { busyboxImage } from "../../src/images/lab-images.ts";
import { Lab } from "../../src/lab/lab.ts";
import { Scope } from "../../src/lifetime.ts";
import type { Connection } from "../../src/cri/connect.ts";
import type { Container } from "../../src/sandbox/container.ts";
import { PodSandbox } from "../../src/sandbox/pod-sandbox.ts";
import { containerds } from "../runtime/labs.ts";
import { crikit, crikitLine, ended, onTerminal, start } from "./crikit.ts";

describe.each(containerds)("attach on $name", ({ path }) => {
  const scope = new Scope();
  let lab: Lab;
  let line: Connection;
  let pod: PodSandbox;

  beforeAll(async () => {
    lab = await Lab.start({ name: `cli-attach-${process.pid}`, containerd: path, ephemeral: true });
    scope.defer(() => lab.down());
    line = scope.use(await lab.connect());
    pod = scope.use(await PodSandbox.run(line, { name: "web" }));
  });
  afterAll(() => scope[Symbol.asyncDispose]());

  const container = (name: string, script: string, config: object = {}): Promise<Container> =>
    pod.start({ name, image: busyboxImage, command: ["sh", "-c", script], config });
  const words = (...argv: string[]): string[] => ["attach", "--runtime-endpoint", lab.endpoint, ...argv];

  test("carries input and output, and exits with the container's code", async () => {
    await container("reader", "while read -r x; do echo got $x; done; echo bye >&2; exit 3", {
      stdin: true,
      stdinOnce: true,
    });
    const child = start(words("-i", "web/reader"));
    const done = ended(child);
    child.stdin?.write("one\n");
    await once(child.stdout!, "data");
    child.stdin?.end("two\n");
    expect(await done).toEqual({ code: 3, signal: null, stdout: "got one\ngot two\n", stderr: "bye\n" });
  });

  test("without -i, Ctrl-C leaves the container alone", async () => {
    const ticking = await container("ticking", "while :; do echo tick; sleep 0.1; done");
    const child = start(words("ticking"));
    const done = ended(child);
    await once(child.stdout!, "data");
    kill(child.pid ?? 0, "SIGINT");
    expect(await done).toMatchObject({ code: 130, stderr: "" });
    expect((await ticking.details()).status.finishedAt).toBe(0n);
  });

  test("a terminal that the container has is used without -t, and its keys detach", async () => {
    const shell = await container("shell", "echo here; exec sh", { stdin: true, tty: true });
    const child = onTerminal([crikitLine(), ...words("-i", "shell")].join(" "));
    let seen = "";
    child.stdout.on("data", (chunk: Buffer) => (seen += chunk.toString()));
    const until = async (text: string): Promise<void> => {
      while (!seen.includes(text)) await once(child.stdout, "data");
    };
    // Nothing comes by itself: what was written before, nobody keeps.
    const asking = setInterval(() => child.stdin.write("echo $((6*7))\r"), 500);
    await until("42");
    clearInterval(asking);
    child.stdin.write("\u0010\u0011");
    const [code] = (await once(child, "exit")) as [number];
    expect(code).toBe(0);
    expect(seen).toContain("detached: the container goes on");
    expect((await shell.details()).status.finishedAt).toBe(0n);
  });

  test("what does not run, or is not there, is told", async () => {
    const over = await container("over", "exit 0");
    while ((await over.details()).status.finishedAt === 0n) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await crikit(words("over"))).toMatchObject({
      code: 1,
      stdout: "",
      stderr: expect.stringContaining("Attach"),
    });
    expect(await crikit(words("nobody"))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("no container 'nobody'"),
    });
    expect(await crikit(words())).toMatchObject({ code: 2 });
  });
});
