import { once } from "node:events";
import { connect, createServer, type AddressInfo } from "node:net";
import { kill } from "node:process";
import type { ChildProcess } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { busyboxImage } from "../../src/images/lab-images.ts";
import { Lab } from "../../src/lab/lab.ts";
import { Scope } from "../../src/lifetime.ts";
import type { Connection } from "../../src/cri/connect.ts";
import { PodSandbox } from "../../src/sandbox/pod-sandbox.ts";
import { containerds } from "../runtime/labs.ts";
import { crikit, type Ended, ended, start } from "./crikit.ts";

describe.each(containerds)("port-forward on $name", ({ path }) => {
  const scope = new Scope();
  let lab: Lab;
  let line: Connection;

  beforeAll(async () => {
    lab = await Lab.start({ name: `cli-forward-${process.pid}`, containerd: path, ephemeral: true });
    scope.defer(() => lab.down());
    line = scope.use(await lab.connect());
  });
  afterAll(() => scope[Symbol.asyncDispose]());

  /** A pod that echoes on port 9001. */
  async function pod(name: string): Promise<PodSandbox> {
    const made = await PodSandbox.run(line, { name });
    const script = "nc -ll -p 9001 -e cat & trap 'exit 0' TERM; sleep 6000 & wait";
    await made.start({ name: "echo", image: busyboxImage, command: ["sh", "-c", script] });
    return made;
  }

  interface Forwarding {
    readonly address: string;
    readonly local: number;
    readonly remote: number;
  }

  /** Starts it, and gives what it says as soon as it has said so much. */
  async function forward(
    count: number,
    ...argv: string[]
  ): Promise<{ readonly child: ChildProcess; readonly done: Promise<Ended>; readonly ports: readonly Forwarding[] }> {
    const child = start(["port-forward", "--runtime-endpoint", lab.endpoint, "-o", "jsonl", ...argv]);
    const done = ended(child);
    let text = "";
    while (text.trim().split("\n").length < count || !text.endsWith("\n")) {
      const [chunk] = (await once(child.stdout!, "data")) as [Buffer];
      text += chunk.toString();
    }
    const lines = text.trim().split("\n");
    return { child, done, ports: lines.map((each) => JSON.parse(each) as Forwarding) };
  }

  async function echo(host: string, port: number, text: string): Promise<string> {
    const socket = connect({ host, port });
    socket.write(text);
    const [answer] = (await once(socket, "data")) as [Buffer];
    socket.destroy();
    return answer.toString();
  }

  test("several ports at once, on chosen addresses, any free one, the same one; until Ctrl-C", async () => {
    await using web = await pod("web");
    const { child, done, ports } = await forward(
      5,
      web.id,
      ":9001",
      "127.0.0.7:0:9001",
      "--address",
      "127.0.0.5,127.0.0.6",
      "9001",
    );
    expect(ports.map(({ address, remote }) => `${address} ${remote}`)).toEqual([
      "127.0.0.5 9001",
      "127.0.0.6 9001",
      "127.0.0.7 9001",
      "127.0.0.5 9001",
      "127.0.0.6 9001",
    ]);
    expect(ports[0]?.local).toBe(ports[1]?.local);
    expect(ports[3]?.local).toBe(9001);
    const answers = await Promise.all(ports.map(({ address, local }, at) => echo(address, local, `hello ${at}`)));
    expect(answers).toEqual(["hello 0", "hello 1", "hello 2", "hello 3", "hello 4"]);
    kill(child.pid ?? 0, "SIGINT");
    expect(await done).toMatchObject({ code: 0, stderr: "" });
  });

  test("says which port it chose, in words", async () => {
    await using web = await pod("words");
    const child = start([
      "port-forward",
      "--runtime-endpoint",
      lab.endpoint,
      "--address",
      "127.0.0.1",
      "words",
      ":9001",
    ]);
    const done = ended(child);
    const [chunk] = (await once(child.stdout!, "data")) as [Buffer];
    expect(chunk.toString()).toMatch(/^forwarding 127\.0\.0\.1:\d+ to port 9001 of .*words\n$/u);
    kill(child.pid ?? 0, "SIGTERM");
    expect(await done).toMatchObject({ code: 0 });
    expect(web.id).not.toBe("");
  });

  test("a port that nobody answers is told, and the others go on", async () => {
    await using web = await pod("half");
    const { child, done, ports } = await forward(2, "--address", "127.0.0.1", web.id, ":9001", ":9009");
    const refused = connect({ host: "127.0.0.1", port: ports[1]?.local ?? 0 });
    await expect(once(refused, "end")).rejects.toMatchObject({ code: "ECONNRESET" });
    expect(await echo("127.0.0.1", ports[0]?.local ?? 0, "still")).toBe("still");
    kill(child.pid ?? 0, "SIGINT");
    expect(await done).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^note: a connection to port 9009 failed: .*connection refused/u),
    });
  });

  test("ends when the pod goes, with an error", async () => {
    const web = await pod("going");
    const { done } = await forward(1, "--address", "127.0.0.1", web.id, ":9001");
    await web.remove();
    expect(await done).toMatchObject({ code: 1, stderr: expect.stringMatching(/^crikit: .*(?:not found|not ready)/u) });
  });

  test("what cannot be listened on, or is no port, is told before anything is forwarded", async () => {
    await using web = await pod("taken");
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const words = (...argv: string[]): string[] => ["port-forward", "--runtime-endpoint", lab.endpoint, ...argv];
    expect(await crikit(words(web.id, ":9001", `127.0.0.1:${port}:9001`))).toMatchObject({
      code: 1,
      stdout: "",
      stderr: expect.stringContaining(`cannot listen on 127.0.0.1, port ${port}`),
    });
    server.close();
    for (const wrong of ["0", "x", "80:", "1.2.3:80:80", "[::1:80:80", "70000"]) {
      expect(await crikit(words(web.id, wrong))).toMatchObject({ code: 2, stdout: "" });
    }
    expect(await crikit(words("nobody", "80"))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("no pod sandbox"),
    });
  });
});
