import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FakeRuntime, SocketFolder } from "../unit/rpc/fake-runtime.ts";
import { crikit, crikitLine, ended, isExecutable, onTerminal, runInTerminal, shell, start } from "./crikit.ts";

const folder = mkdtempSync(join(tmpdir(), "crikit-cli-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A module of this text, to be loaded by the program's engine. */
function written(script: string): string {
  const path = join(folder, `${++scripts}.cjs`);
  writeFileSync(path, script);
  return path;
}
let scripts = 0;

describe("a runtime that is not there", () => {
  const argv = ["-r", "unix:///nope/containerd.sock", "version"];

  test("is one line, what to do, and exit 1", async () => {
    const end = await crikit(argv);
    expect(end).toMatchObject({ code: 1, stdout: "" });
    const [what, hint, ...more] = end.stderr.split("\n");
    expect(what).toBe("crikit: no socket at unix:///nope/containerd.sock");
    expect(hint).toMatch(/^hint: .*crikit lab up/u);
    expect(more).toEqual([""]);
  });

  test("is found out without waiting for the connect deadline of 5 s", async () => {
    const { stderr } = await crikit(["-D", ...argv]);
    expect(Number(/^debug: Version on .* took ([\d.]+) ms$/mu.exec(stderr)?.[1])).toBeLessThan(5_000);
  });

  test("is told in red on a terminal, and never with NO_COLOR", async () => {
    const plain = /^crikit: no socket/mu;
    expect(await runInTerminal(argv)).toContain("\u001b[31mcrikit:\u001b[39m no socket");
    expect(await runInTerminal(argv, { NO_COLOR: "1" })).toMatch(plain);
    expect(await runInTerminal(argv, { TERM: "dumb" })).toMatch(plain);
  });
});

describe("a reader that has seen enough", () => {
  test("ends the command quietly", async () => {
    const { stdout, stderr } = await shell(`${crikitLine()} --help | true; echo "\${PIPESTATUS[0]}"`);
    expect({ stdout, stderr }).toEqual({ stdout: "0\n", stderr: "" });
  });

  test("of stderr does not trouble it either", async () => {
    const { stdout } = await shell(`{ ${crikitLine()} nope 2>&1 >/dev/null; echo $? >&3; } 3>&1 | true`);
    expect(stdout).toBe("");
  });
});

test("output that cannot be written is a failure, and told", async () => {
  const { stdout, stderr } = await shell(`${crikitLine()} --help >/dev/full; echo $?`);
  expect({ stdout, stderr }).toEqual({ stdout: "1\n", stderr: "crikit: ENOSPC: no space left on device, write\n" });
});

describe("a signal", () => {
  const path = join(folder, "silent.sock");
  let server: Server;
  let arrived: () => void = () => undefined;
  // Accepts and says nothing, so that a command hangs on it.
  beforeAll(() => {
    server = createServer(() => arrived());
    return new Promise<void>((resolve) => server.listen(path, resolve));
  });
  afterAll(() => void server.close());

  /** A command that waits for the silent socket. */
  async function waiting(script?: string): Promise<ReturnType<typeof start>> {
    const connected = new Promise<void>((resolve) => (arrived = resolve));
    const child = start(["-r", path, "version"], script === undefined ? {} : { preload: written(script) });
    await connected;
    return child;
  }

  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)("%s ends a command with %i, without a word", async (signal, code) => {
    const child = await waiting();
    child.kill(signal);
    expect(await ended(child)).toEqual({ code, signal: null, stdout: "", stderr: "" });
  });

  test("that comes twice ends at once what cannot be cancelled", async () => {
    const child = await waiting("AbortController.prototype.abort = () => process.stdout.write('deaf');");
    child.kill("SIGTERM");
    await new Promise((resolve) => child.stdout?.once("data", resolve));
    child.kill("SIGTERM");
    expect(await ended(child)).toMatchObject({ code: 143, stderr: "" });
  });

  test("is not needed when crikit itself is broken: a bug is 70, and says what to do", async () => {
    const child = await waiting("process.on('SIGUSR2', () => { throw new TypeError('boom'); });");
    child.kill("SIGUSR2");
    const end = await ended(child);
    expect(end).toMatchObject({ code: 70, stdout: "" });
    expect(end.stderr).toMatch(/^crikit: this is a bug in crikit: TypeError: boom\nhint: please report it/u);
  });
});

test("a reader that takes nothing keeps no command from ending that is told to", async () => {
  using sockets = new SocketFolder();
  const containers = Array.from({ length: 5_000 }, (_, at) => ({ id: String(at).padStart(64, "0"), state: 1 }));
  await using _ = await FakeRuntime.listen(sockets.socket(), {
    listContainers: (_call, done) => done(null, { containers }),
  });
  const child = start(["-r", sockets.socket(), "ps", "-o", "json"]);
  await once(child.stdout!, "readable"); // it writes, and no more is read
  child.kill("SIGTERM");
  const [code] = (await once(child, "exit")) as [number | null];
  child.stdout?.destroy();
  expect(code).toBe(143);
});

test("a person who waits is told what for, and Ctrl-C leaves a clean line", async () => {
  const child = onTerminal(`${crikitLine()} -r /nope.sock load -`);
  const end = ended(child);
  await new Promise<void>((resolve) => {
    let seen = "";
    child.stdout.on("data", (chunk: Buffer) => {
      seen += chunk.toString();
      if (seen.includes("| reading -")) resolve();
    });
  });
  child.stdin.write("\u0003");
  const { code, stdout } = await end;
  expect(code).toBe(130);
  expect(stdout).toMatch(/^[^\n]*$/u);
  expect(stdout.endsWith("\r\u001b[K")).toBe(true);
});

test.skipIf(isExecutable)("an old Node is told which one is needed", async () => {
  const older = "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.18.3' } });";
  expect(await crikit(["--help"], { preload: written(older) })).toEqual({
    code: 2,
    signal: null,
    stdout: "",
    stderr: "crikit: Node.js 20.19 or newer is needed, this is 20.18.3\n",
  });
});
