import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { kill } from "node:process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { busyboxImage } from "../../src/images/lab-images.ts";
import { Lab } from "../../src/lab/lab.ts";
import { Scope } from "../../src/lifetime.ts";
import { containerProcesses } from "../../src/linux/container-processes.ts";
import { commandLine } from "../../src/linux/process.ts";
import type { Container } from "../../src/sandbox/container.ts";
import { PodSandbox } from "../../src/sandbox/pod-sandbox.ts";
import { containerd, containerds } from "../runtime/labs.ts";
import { crikit, crikitLine, ended, onTerminal, type RunOptions, shell, start } from "./crikit.ts";

const idle = ["sh", "-c", "trap 'exit 0' TERM; sleep 6000 & wait"];
const scope = new Scope();
let lab: Lab;
let box: Container;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "crikit-cli-exec-"));
  scope.defer(async () => rmSync(folder, { recursive: true }));
  lab = await Lab.start({ name: `cli-exec-${process.pid}`, containerd: containerd.path, ephemeral: true });
  scope.defer(() => lab.down());
  const line = scope.use(await lab.connect());
  const pod = scope.use(await PodSandbox.run(line, { name: "web" }));
  box = await pod.start({ name: "app", image: busyboxImage, command: idle, config: { labels: { tier: "one" } } });
  await pod.start({ name: "log", image: busyboxImage, command: idle, config: { labels: { tier: "two" } } });
});
afterAll(() => scope[Symbol.asyncDispose]());

const run = (argv: readonly string[], options: RunOptions = {}): ReturnType<typeof crikit> =>
  crikit(["exec", "--runtime-endpoint", lab.endpoint, ...argv], options);

/** A bash script on a terminal of its own, with `$CRIKIT` to run exec by. */
function scriptOnTerminal(script: string, endpoint = lab.endpoint): Typing {
  const file = join(folder, `script-${++scripts}`);
  writeFileSync(file, script);
  const env = { CRIKIT: `${crikitLine()} exec --runtime-endpoint ${endpoint}` };
  const child = onTerminal(`bash --norc ${file}`, env);
  let seen = "";
  child.stdout.on("data", (chunk: Buffer) => (seen += chunk.toString()));
  return {
    type: (keys) => void child.stdin.write(keys),
    async until(text) {
      while (!seen.includes(text)) await once(child.stdout, "data");
    },
    async end() {
      if (child.exitCode === null) await once(child, "exit");
      return seen.replaceAll("\r", "");
    },
  };
}

let scripts = 0;

interface Typing {
  readonly type: (keys: string) => void;
  /** Settles when that is to be seen. */
  readonly until: (text: string) => Promise<void>;
  /** All that was to be seen. */
  readonly end: () => Promise<string>;
}

describe("one container", () => {
  test("exits with the program's code; its outputs stay apart, its arguments are its own", async () => {
    expect(await run(["web/app", "sh", "-c", "echo out; echo err >&2; exit 7"])).toEqual({
      code: 7,
      signal: null,
      stdout: "out\n",
      stderr: "err\n",
    });
    expect(await run(["app", "echo", "-n", "-it", "--help"])).toMatchObject({ code: 0, stdout: "-it --help" });
    expect(await run(["app", "--", "echo", "x"])).toMatchObject({ code: 0, stdout: "x\n" });
    expect(await run([box.id.slice(0, 12), "false"])).toMatchObject({ code: 1, stderr: "" });
    expect(await run(["app", "sh", "-c", "kill -9 $$"])).toMatchObject({ code: 137 });
  });

  test("gets standard input with -i, to its end, and none without", async () => {
    expect(await run(["-i", "app", "cat"], { stdin: "until here" })).toMatchObject({ code: 0, stdout: "until here" });
    expect(await run(["app", "cat"], { stdin: "not this" })).toMatchObject({ code: 0, stdout: "" });
  });

  test("carries much, in little memory", async () => {
    const rss = join(folder, "rss");
    const hook = fileURLToPath(new URL("../runtime/streaming/rss.mjs", import.meta.url));
    const program = `${crikitLine(hook)} exec --runtime-endpoint ${lab.endpoint}`;
    const line = (what: string): string => `CRIKIT_TEST_RSS=${rss} ${program} ${what}`;
    const peak = async (what: string): Promise<number> => {
      const { code } = await shell(what);
      expect(code).toBe(0);
      return Number(readFileSync(rss, "utf8"));
    };
    const floor = await peak(line("app true"));
    const up = await peak(`head -c 60000000 /dev/zero | ${line("-i app md5sum")}`);
    const download = line("app head -c 60000000 /dev/zero");
    const down = await peak(`set -o pipefail; ${download} | (sleep 1; cat) | wc -c | grep -qx 60000000`);
    expect(Math.max(up, down) - floor).toBeLessThan(150_000_000);
  });

  test("-s is one call: its output at the end, and a limit that the runtime keeps", async () => {
    expect(await run(["-s", "app", "sh", "-c", "echo out; echo err >&2; exit 3"])).toMatchObject({
      code: 3,
      stdout: "out\n",
      stderr: "err\n",
    });
    expect(await run(["-s", "--timeout", "1", "app", "sleep", "30"])).toMatchObject({ code: 1, stdout: "" });
    expect(await run(["-s", "-i", "app", "cat"])).toMatchObject({ code: 2 });
  });

  test("has its user, variables and folder by other programs, and says by which", async () => {
    const named = await run(["--env", "A=b c", "--workdir", "/tmp", "app", "sh", "-c", 'echo "$A" $PWD']);
    expect(named).toMatchObject({ code: 0, stdout: "b c /tmp\n", stderr: expect.stringContaining("its env, its sh") });
    const user = await run(["--user", "1000:1001", "app", "id"]);
    expect(user).toMatchObject({ code: 0, stdout: "uid=1000 gid=1001\n", stderr: expect.stringContaining("nsenter") });
    expect(await run(["--user", "1000:1001", "-i", "app", "cat"], { stdin: "in" })).toMatchObject({
      code: 0,
      stdout: "in",
    });
    expect(await run(["--user", "-x", "app", "id"])).toMatchObject({ code: 2 });
    expect(await run(["--env", "A", "app", "id"])).toMatchObject({ code: 2 });
  });

  test("over WebSocket, when that is asked for; what it cannot do is said", async () => {
    expect(await run(["-r", "websocket", "app", "echo", "x"])).toMatchObject({ code: 0, stdout: "x\n" });
    const refused = await run(["--transport", "websocket", "-i", "app", "cat"], { stdin: "x" });
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("cannot tell a process that its input has ended"),
    });
  });

  test("what cannot be is told: no container, no program, no command, two wishes", async () => {
    expect(await run(["none", "true"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("no container 'none'"),
    });
    expect(await run(["app", "/no/such"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("hint: the container has no such program"),
    });
    expect(await run(["app"])).toMatchObject({ code: 2, stderr: expect.stringContaining("say what to run in app") });
    expect(await run([])).toMatchObject({ code: 2 });
    expect(await run(["-it", "app", "sh"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("standard input is not a terminal"),
    });
  });
});

describe("several containers", () => {
  test("run one after the other, each under its id; the first bad code is the exit code and ends it", async () => {
    const { code, stdout } = await run(["--label", "tier=one", "hostname"]);
    expect({ code, lines: stdout.split("\n") }).toMatchObject({ code: 0 });
    const both = await run(["--pod", "web", "echo", "x"]);
    expect(both.stdout).toMatch(/^[0-9a-f]{64}:\nx\n[0-9a-f]{64}:\nx\n$/u);
    const stopped = await run(["--pod", "web", "-q", "sh", "-c", "echo x; exit 4"]);
    expect(stopped).toMatchObject({ code: 4, stdout: "x\n" });
    expect(await run(["--pod", "web", "-q", "-e", "sh", "-c", "echo x; exit 4"])).toMatchObject({
      code: 4,
      stdout: "x\nx\n",
    });
  });

  test("at once, every line has its container's name in front", async () => {
    for (const flags of [["--parallel", "2"], ["-x"]]) {
      const { code, stdout } = await run([...flags, "--pod", "web", "sh", "-c", "echo one; echo two"]);
      expect(code).toBe(0);
      const lines = stdout.trimEnd().split("\n").toSorted();
      expect(lines).toEqual(["app | one", "app | two", "log | one", "log | two"]);
    }
  });

  test("nothing that fits is an error, and so is input for all of them", async () => {
    expect(await run(["--name", "nope", "true"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("no container fits"),
    });
    expect(await run(["-i", "--pod", "web", "cat"])).toMatchObject({ code: 2 });
  });
});

describe("given up", () => {
  test.each(["SIGINT", "SIGTERM"] as const)("by %s, it kills what it started", async (signal) => {
    const seconds = signal === "SIGINT" ? "7771" : "7772";
    const child = start(["exec", "--runtime-endpoint", lab.endpoint, "app", "sleep", seconds]);
    const done = ended(child);
    while (!(await isRunning(seconds))) await new Promise((resolve) => setTimeout(resolve, 50));
    kill(child.pid ?? 0, signal);
    expect(await done).toMatchObject({ code: signal === "SIGINT" ? 130 : 143, stdout: "", stderr: "" });
    expect(await isRunning(seconds)).toBe(false);
  });

  test("what somebody else has started there since goes on", async () => {
    const startOne = async (seconds: string): Promise<ReturnType<typeof start>> => {
      const child = start(["exec", "--runtime-endpoint", lab.endpoint, "app", "sleep", seconds]);
      while (!(await isRunning(seconds))) await new Promise((resolve) => setTimeout(resolve, 50));
      return child;
    };
    const ours = await startOne("7773");
    const theirs = await startOne("7774");
    const done = ended(ours);
    kill(ours.pid ?? 0, "SIGINT");
    expect(await done).toMatchObject({ code: 130 });
    expect(await isRunning("7773")).toBe(false);
    expect(await isRunning("7774")).toBe(true);
    kill(theirs.pid ?? 0, "SIGINT");
    await ended(theirs);
    expect(await isRunning("7774")).toBe(false);
  });

  test("when nobody reads its output any more, that is no failure", async () => {
    const line = `${crikitLine()} exec --runtime-endpoint ${lab.endpoint} app yes | head -n 1; echo \${PIPESTATUS[0]}`;
    expect(await shell(line)).toMatchObject({ code: 0, stdout: "y\n0\n" });
  });
});

async function isRunning(word: string): Promise<boolean> {
  const all = (await containerProcesses([box.id])).get(box.id) ?? [];
  for (const { hostPid } of all) if ((await commandLine(hostPid)).includes(word)) return true;
  return false;
}

describe("on a terminal", () => {
  test("keys go there, its code comes back, and the terminal is as before", async () => {
    const terminal = scriptOnTerminal(`
      stty rows 31 cols 91
      before=$(stty -g)
      $CRIKIT -it app sh -c 'sleep 0.5; stty size; tty; read -r word; echo "got $word"; cat; exit 5'
      echo "code $?"
      [ "$before" = "$(stty -g)" ] && echo restored`);
    await terminal.until("/dev/pts/");
    terminal.type("hello\r");
    await terminal.until("got hello");
    terminal.type("\u0003"); // is the program's: it ends cat, and sh with it
    const seen = await terminal.end();
    expect(seen).toContain("31 91\n");
    expect(seen).toContain("code 130\n");
    expect(seen).toMatch(/restored\n$/u);
  });

  test("a change of its size gets there", async () => {
    const terminal = scriptOnTerminal(`
      stty rows 31 cols 91
      tty=$(tty)
      (until stty -a <"$tty" | grep -q -- -icanon; do sleep 0.05; done; sleep 1; stty -F "$tty" rows 22 cols 77) &
      $CRIKIT -it app sh -c 'until [ "$(stty size)" = "22 77" ]; do sleep 0.1; done; stty size'`);
    expect(await terminal.end()).toContain("22 77\n");
  });

  test.each(["TERM", "KILL", "HUP"])("is restored when crikit is sent SIG%s", async (signal) => {
    const terminal = scriptOnTerminal(`
      before=$(stty -g)
      $CRIKIT -it app sleep 60 <"$(tty)" & pid=$!
      until stty -a | grep -q -- -icanon; do sleep 0.05; done
      echo raw
      kill -${signal} $pid; wait $pid
      until [ "$before" = "$(stty -g)" ]; do sleep 0.05; done
      echo restored`);
    const seen = await terminal.end();
    expect(seen).toContain("raw\n");
    expect(seen).toMatch(/restored\n$/u);
  });

  test("the keys for that leave the program alone", async () => {
    const terminal = scriptOnTerminal(`
      before=$(stty -g)
      $CRIKIT -it --detach-keys ctrl-x,d app sh -c 'echo ready; sleep 3'
      echo "code $?"
      [ "$before" = "$(stty -g)" ] && echo restored`);
    await terminal.until("ready");
    terminal.type("\u0018d");
    const seen = await terminal.end();
    expect(seen).toContain("detached: the program goes on");
    expect(seen).toMatch(/code 0\nrestored\n$/u);
  });
});

describe.each(containerds)("on $name", ({ path }) => {
  test("the terminal is restored when the runtime dies, and it is said", async () => {
    await using own = new Scope();
    const doomed = await Lab.start({ name: `cli-exec-doomed-${process.pid}`, containerd: path, ephemeral: true });
    own.defer(() => doomed.down());
    const line = own.use(await doomed.connect());
    const pod = await PodSandbox.run(line, { name: "web" });
    await pod.start({ name: "app", image: busyboxImage, command: idle });
    const terminal = scriptOnTerminal(
      `before=$(stty -g)
      $CRIKIT -it app sh -c 'echo ready; sleep 60'
      echo "code $?"
      [ "$before" = "$(stty -g)" ] && echo restored`,
      doomed.endpoint,
    );
    await terminal.until("ready");
    kill(doomed.record.containerd.process?.pid ?? 0, "SIGKILL");
    const seen = await terminal.end();
    expect(seen).toMatch(/the process may still be running\ncode 1\nrestored\n$/u);
  });
});
