import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { kill } from "node:process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Lab } from "../../src/lab/lab.ts";
import { Scope } from "../../src/lifetime.ts";
import { run } from "../../src/linux/run.ts";
import { PodSandbox } from "../../src/sandbox/pod-sandbox.ts";
import { busyboxImage } from "../../src/images/lab-images.ts";
import { waitForExit } from "../../src/sandbox/wait-for-exit.ts";
import { attach } from "../../src/streaming/attach.ts";
import { exec } from "../../src/streaming/exec.ts";
import type { Transport } from "../../src/streaming/session.ts";
import { crikitLine } from "../cli/crikit.ts";
import { containerds, type TestContainerd } from "./labs.ts";
import { scenarios, type Amounts } from "./streaming/scenarios.ts";
import { keep, setStage, type Stage } from "./streaming/stage.ts";

/** For docs/streaming.md: everything in full, and what comes out into this file. `hack/streaming-table` sets it. */
const tableFile = process.env["CRIKIT_STREAMING_TABLE"];
const full: Amounts = { megabytes: 200, execs: 100, connectionMegabytes: 100 };
const small: Amounts = { megabytes: 10, execs: 20, connectionMegabytes: 10 };
const amounts = tableFile === undefined ? small : full;
/** containerd 1.6 takes a second or more for each of a hundred execs at once, also for ExecSync. */
const timeoutMs = tableFile === undefined ? 120_000 : 900_000;

const transports = ["spdy", "websocket"] as const satisfies readonly Transport[];
const rows = new Map<string, Record<string, string>>();

function note(what: string, { containerd, transport }: Pick<Stage, "containerd" | "transport">, cell: string): void {
  rows.set(what, { ...rows.get(what), [`${containerd.version} ${transport}`]: cell });
}

afterAll(() => {
  if (tableFile !== undefined) writeFileSync(tableFile, JSON.stringify([...rows]));
});

describe.each(containerds)("streaming on $name", (containerd) => {
  const scope = new Scope();
  let stage: (transport: Transport) => Stage;

  beforeAll(async () => {
    stage = await setStage(containerd, `streaming-test-${process.pid}`, scope);
  });
  afterAll(() => scope[Symbol.asyncDispose]());

  describe.each(transports)("over %s", (transport) => {
    test.each(scenarios.map((scenario) => ({ what: scenario.what(amounts), scenario })))(
      "$what",
      async ({ what, scenario }) => {
        const here = stage(transport);
        const cell = await scenario.prove(here, amounts);
        note(what, here, cell);
        expect(cell).toBe(scenario.expected(here));
      },
      timeoutMs,
    );
  });

  // With the built program, in a process of its own; test/cli/exec.test.ts does it with less in every run.
  test.runIf(tableFile !== undefined).each(transports)(
    "carries 200 MB in little memory over %s",
    async (transport) => {
      const here = stage(transport);
      const floor = await peakMemory(here, "box true", "true");
      const command = "head -c 200000000 /dev/zero";
      const down = await peakMemory(here, `box ${command}`, "true");
      // These servers' WebSocket cannot tell the end of the input, so crikit does not begin with it.
      const up =
        transport === "spdy" ? await peakMemory(here, `-i box sh -c 'head -c 200000000 | md5sum'`, command) : undefined;
      const [more = "–", less = "–"] = [up, down].map((peak) => peak && `+${Math.round((peak - floor) / 1e6)} MB`);
      note("peak memory over that of `exec true`: 200 MB there, 200 MB back", here, `${more}, ${less}`);
      expect(Math.max(up ?? 0, down) - floor).toBeLessThan(150_000_000);
    },
    timeoutMs,
  );

  test("what is not asked for by name goes over what can do it", async () => {
    const { line, box } = stage("spdy");
    const stdout = keep();
    expect(await exec(line, box.id, { command: ["cat"], stdin: "x", stdout: stdout.stream })).toEqual({ exitCode: 0 });
    expect(stdout.text()).toBe("x");
  });

  test("attach shows what the main process writes from now on, and ends with it", async () => {
    const { line, pod } = stage("spdy");
    await using talker = await pod.start({
      name: "talker",
      image: busyboxImage,
      command: ["sh", "-c", "read x; echo heard $x; read y; exit 6"],
      config: { stdin: true, stdinOnce: true },
    });
    const stdout = keep();
    const stdin = (async function* (): AsyncGenerator<string> {
      yield "this\n";
      while (stdout.text() === "") await new Promise((resolve) => setTimeout(resolve, 20));
      yield "that\n";
    })();
    expect(await attach(line, talker.id, { stdin, stdout: stdout.stream })).toEqual({ detached: false });
    expect(stdout.text()).toBe("heard this\n");
    expect(await waitForExit(line, talker.id)).toMatchObject({ exitCode: 6 });
  });

  test("a gone container and a gone pod are not found", async () => {
    const { line } = stage("spdy");
    const id = "0".repeat(64);
    await expect(exec(line, id, { command: ["true"] })).rejects.toMatchObject({ code: "not-found" });
    await expect(attach(line, id, {})).rejects.toMatchObject({ code: "not-found" });
  });
});

describe.each(containerds.flatMap((containerd) => transports.map((transport) => ({ containerd, transport }))))(
  "$containerd.name killed in the middle, over $transport",
  ({ containerd, transport }) => {
    test("is an error within five seconds", async () => {
      await using scope = new Scope();
      const { lab, running } = await doomed(containerd, transport, scope);
      const startedAt = performance.now();
      kill(lab.record.containerd.process?.pid ?? 0, "SIGKILL");
      await expect(running).rejects.toMatchObject({ code: "connection-lost" });
      expect(performance.now() - startedAt).toBeLessThan(5_000);
      note("the server is killed in the middle: an error within 5 s", { containerd, transport }, "yes");
    });
  },
);

async function doomed(
  containerd: TestContainerd,
  transport: Transport,
  scope: Scope,
): Promise<{ readonly lab: Lab; readonly running: Promise<unknown> }> {
  const lab = await Lab.start({
    name: `streaming-doomed-${process.pid}`,
    containerd: containerd.path,
    ephemeral: true,
  });
  scope.defer(() => lab.down());
  const line = scope.use(await lab.connect());
  const pod = await PodSandbox.run(line, { name: "doomed" });
  const box = await pod.start({ name: "box", image: busyboxImage, command: ["sleep", "600"] });
  const stdout = keep();
  const command = ["sh", "-c", "echo ready; sleep 300"];
  const running = exec(line, box.id, { command, transport, stdout: stdout.stream });
  running.catch(() => undefined);
  while (stdout.text() === "") await new Promise((resolve) => setTimeout(resolve, 20));
  return { lab, running };
}

/** The most memory that crikit has had, in bytes, while it ran exec with a program's output as its input. */
async function peakMemory({ lab, transport }: Stage, words: string, input: string): Promise<number> {
  const [folder, hook] = [mkdtempSync(join(tmpdir(), "crikit-peak-")), resolve("test/runtime/streaming/rss.mjs")];
  try {
    const program = `${crikitLine(hook)} exec --runtime-endpoint ${lab.endpoint}`;
    const line = `${input} | ${program} --transport ${transport} ${words} >/dev/null`;
    const env = { CRIKIT_TEST_RSS: join(folder, "rss") };
    const { exitCode, stderr } = await run(
      "env",
      [...Object.entries(env).map((pair) => pair.join("=")), "bash", "-c", line],
      {
        timeoutMs,
      },
    );
    expect(exitCode, stderr).toBe(0);
    return Number(readFileSync(env.CRIKIT_TEST_RSS, "utf8"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
