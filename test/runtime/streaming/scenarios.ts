import { createHash } from "node:crypto";
import { once } from "node:events";
import { connect as connectTo } from "node:net";
import { kill } from "node:process";
import { PassThrough, Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { CrikitError } from "../../../src/errors.ts";
import { containerProcesses } from "../../../src/linux/container-processes.ts";
import { portForward } from "../../../src/streaming/port-forward.ts";
import { bytesOf, hashOf, keep, type Stage } from "./stage.ts";

/** How much is carried: little in every run, all of it for the table. */
export interface Amounts {
  readonly megabytes: number;
  readonly execs: number;
  readonly connectionMegabytes: number;
}

/** Something to prove. What it gives is a cell of the table; what is wrong it throws. */
export interface Scenario {
  readonly what: (amounts: Amounts) => string;
  readonly prove: (stage: Stage, amounts: Amounts) => Promise<string>;
  /** What has to come out, by containerd and transport. */
  readonly expected: (stage: Pick<Stage, "containerd" | "transport">) => string;
}

const yes = (): string => "yes";
const unread = {
  told: "an error after 5 s: containerd never says how it ended",
  silent: "waits until it is given up: containerd says nothing",
};
const megabyte = 1_000_000;

/** The code of what a promise rejects with. */
async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return "no error";
  } catch (error) {
    return error instanceof CrikitError ? error.code : String(error);
  }
}

/** The processes in the container with that word in their command line. */
async function pidsOf({ box }: Stage, word: string): Promise<readonly number[]> {
  const all = (await containerProcesses([box.id])).get(box.id) ?? [];
  return all.filter(({ command }) => command.includes(word)).map(({ hostPid }) => hostPid);
}

async function runs(stage: Stage, word: string): Promise<boolean> {
  return (await pidsOf(stage, word)).length > 0;
}

/** Waits for a thing to be so, for a while. */
async function within(milliseconds: number, isSo: () => Promise<boolean>): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < milliseconds; waitedMs += 50) {
    if (await isSo()) return true;
    await sleep(50);
  }
  return isSo();
}

/** Everything that is proved of exec and port-forward, in the order of the table. */
export const scenarios: readonly Scenario[] = [
  {
    what: () => "the end of stdin reaches `cat`",
    expected: ({ transport }) => (transport === "spdy" ? "yes" : "refused: v4 cannot tell it"),
    async prove({ exec }) {
      const result = exec(["cat"], { stdin: "until here" });
      try {
        expect(await result).toMatchObject({ exitCode: 0, stdout: "until here" });
        return "yes";
      } catch (error) {
        if (!(error instanceof CrikitError) || error.code !== "unimplemented") throw error;
        return "refused: v4 cannot tell it";
      }
    },
  },
  {
    what: ({ megabytes }) => `${megabytes} MB to a program, by their hash`,
    expected: yes,
    async prove({ exec }, { megabytes }) {
      const total = megabytes * megabyte;
      const command = ["sh", "-c", `head -c ${total} | sha256sum`];
      const { stdout, exitCode } = await exec(command, { stdin: bytesOf(total), stdinEnds: false });
      expect({ stdout, exitCode }).toEqual({ stdout: `${await hashOf(bytesOf(total))}  -\n`, exitCode: 0 });
      return "yes";
    },
  },
  {
    what: ({ megabytes }) => `${megabytes} MB from a program, by their hash`,
    expected: yes,
    async prove({ exec }, { megabytes }) {
      const hash = createHash("sha256");
      const stdout = new Writable({
        write(chunk: Uint8Array, _encoding, done) {
          hash.update(chunk);
          done();
        },
      });
      const script = `head -c ${megabytes * megabyte} /dev/urandom | tee /dev/stderr | sha256sum >/tmp/sum`;
      await exec(["sh", "-c", `${script}; cat /tmp/sum`], { stdout: keep().stream, stderr: stdout });
      expect((await exec(["cat", "/tmp/sum"])).stdout).toBe(`${hash.digest("hex")}  -\n`);
      return "yes";
    },
  },
  {
    what: () => "a reader that is slower than the program loses nothing",
    expected: yes,
    async prove({ exec }) {
      let total = 0;
      const stdout = new Writable({
        highWaterMark: 16_384,
        write(chunk: Uint8Array, _encoding, done) {
          total += chunk.length;
          setTimeout(done, 2);
        },
      });
      expect(await exec(["head", "-c", "6000000", "/dev/zero"], { stdout })).toMatchObject({ exitCode: 0 });
      expect(total).toBe(6_000_000);
      return "yes";
    },
  },
  {
    what: () => "exit codes 0, 1, 3, 137",
    expected: yes,
    async prove({ exec }) {
      for (const exitCode of [0, 1, 3, 137]) {
        expect(await exec(["sh", "-c", `exit ${exitCode}`])).toMatchObject({ exitCode });
      }
      expect(await exec(["sh", "-c", "kill -9 $$"])).toMatchObject({ exitCode: 137, signal: "SIGKILL" });
      return "yes";
    },
  },
  {
    what: () => "a program that is not there is not found",
    expected: yes,
    async prove({ exec }) {
      expect(await codeOf(exec(["/no/such/program"]))).toBe("not-found");
      return "yes";
    },
  },
  {
    what: () => "stderr apart from stdout",
    expected: yes,
    async prove({ exec }) {
      expect(await exec(["sh", "-c", "echo out; echo err >&2"])).toMatchObject({ stdout: "out\n", stderr: "err\n" });
      return "yes";
    },
  },
  {
    what: () => "every byte, both ways",
    expected: yes,
    async prove({ exec }) {
      const bytes = Buffer.from(Array.from({ length: 1_024 }, (_, at) => at % 256));
      const { stream, bytes: kept } = keep();
      await exec(["head", "-c", "1024"], { stdin: bytes, stdout: stream, stdinEnds: false });
      expect(kept().equals(bytes)).toBe(true);
      return "yes";
    },
  },
  {
    what: () => "a terminal, and its size when it changes",
    expected: yes,
    async prove({ exec }) {
      const keys = new AbortController();
      const seen = keep();
      const firstSize = async (): Promise<void> => {
        while (!seen.text().includes("31 91")) await sleep(20);
      };
      const stdin = (async function* (): AsyncGenerator<string> {
        await firstSize();
        yield "go\n";
        await once(keys.signal, "abort");
      })();
      const resize = (async function* () {
        yield { columns: 91, rows: 31 };
        await firstSize();
        yield { columns: 77, rows: 22 };
      })();
      // A size reaches a program when it runs already.
      const sized = (size: string): string => `until stty size | grep '${size}'; do sleep 0.05; done`;
      const command = ["sh", "-c", `${sized("31 91")}; read x; ${sized("22 77")}; exit 4`];
      const { exitCode } = await exec(command, { tty: true, stdin, resize, stdout: seen.stream });
      const stdout = seen.text();
      keys.abort();
      expect(exitCode).toBe(4);
      expect(stdout).toContain("31 91\r\n");
      expect(stdout).toContain("22 77\r\n");
      return "yes";
    },
  },
  {
    what: ({ execs }) => `${execs} at once`,
    expected: yes,
    async prove({ exec, transport }, { execs }) {
      const command = transport === "spdy" ? ["cat"] : ["head", "-c", "4"];
      const all = Array.from({ length: execs }, (_, at) =>
        exec(command, { stdin: String(at).padStart(4, "0"), stdinEnds: transport === "spdy" }),
      );
      const results = await Promise.all(all);
      expect(results.map(({ stdout }) => Number(stdout))).toEqual([...results.keys()]);
      return "yes";
    },
  },
  {
    what: () => "input that is not read (100 kB): the exit code all the same",
    expected: yes,
    async prove({ exec }) {
      const result = await exec(["sh", "-c", "exit 5"], { stdin: bytesOf(100_000), stdinEnds: false });
      expect(result.exitCode).toBe(5);
      return "yes";
    },
  },
  {
    what: () => "input that is not read (10 MB)",
    // The process is gone, and containerd waits for somebody to read the rest of its input. SPDY tells at least that its
    // output has ended.
    expected: ({ transport }) => (transport === "spdy" ? unread.told : unread.silent),
    async prove({ exec, transport }) {
      // What is never told is waited for no longer than it takes to believe that.
      const signal = AbortSignal.timeout(transport === "spdy" ? 60_000 : 9_000);
      const input = { stdin: bytesOf(10 * megabyte), stdinEnds: false, signal };
      const code = await codeOf(exec(["sh", "-c", "sleep 1; exit 5"], input));
      if (code === "cancelled") return unread.silent;
      expect(code).toBe("connection-lost");
      return unread.told;
    },
  },
  {
    what: () => "the client goes: `cat` ends, its input having ended",
    expected: yes,
    async prove(stage) {
      const mark = `/tmp/mark-${stage.transport}`;
      await stage.exec(["touch", mark]);
      await giveUp(stage, ["cat", mark, "-"]);
      expect(await within(20_000, async () => !(await runs(stage, mark)))).toBe(true);
      return "yes";
    },
  },
  {
    what: () => "the client goes: what does not read its input ends too",
    expected: ({ containerd }) => (containerd.version.startsWith("1.") ? "no: it goes on" : "yes"),
    async prove(stage) {
      const seconds = stage.transport === "spdy" ? "4321" : "4322";
      await giveUp(stage, ["sleep", seconds]);
      const patienceMs = stage.containerd.version.startsWith("1.") ? 2_000 : 20_000;
      if (await within(patienceMs, async () => !(await runs(stage, seconds)))) return "yes";
      for (const pid of await pidsOf(stage, seconds)) kill(pid, "SIGKILL");
      return "no: it goes on";
    },
  },
  {
    what: ({ connectionMegabytes }) =>
      `50 connections to a port at once, half-closed by the client, ${connectionMegabytes} MB each way in all`,
    expected: yes,
    async prove({ line, pod, transport }, { connectionMegabytes }) {
      const each = (connectionMegabytes * megabyte) / 50;
      const ports = [{ local: 0, remote: 9000, addresses: ["127.0.0.1"] }];
      await using forward = await portForward(line, pod.id, { ports, transport });
      const port = forward.ports[0]?.local ?? 0;
      const wanted = `${await hashOf(bytesOf(each))}  -\n`;
      const ask = async (): Promise<void> => {
        const socket = connectTo({ port, host: "127.0.0.1", allowHalfOpen: true });
        socket.write(`${each} ${each}\n`);
        for await (const chunk of bytesOf(each)) if (!socket.write(chunk)) await once(socket, "drain");
        socket.end();
        let text = "";
        let lengthBytes = 0;
        for await (const chunk of socket as AsyncIterable<Buffer>) {
          if (text.length < wanted.length) text += chunk.toString("latin1");
          lengthBytes += chunk.length;
        }
        expect({ text: text.slice(0, wanted.length), lengthBytes }).toEqual({
          text: wanted,
          lengthBytes: wanted.length + each,
        });
      };
      await Promise.all(Array.from({ length: 50 }, ask));
      return "yes";
    },
  },
  {
    what: () => "a port that nobody answers fails its connection alone",
    expected: yes,
    async prove({ line, pod, transport }) {
      const failures: unknown[] = [];
      const ports = [9009, 9001].map((remote) => ({ local: 0, remote, addresses: ["127.0.0.1"] }));
      await using forward = await portForward(line, pod.id, {
        ports,
        transport,
        onEvent: (event) => void (event.kind === "failed" && failures.push(event.error)),
      });
      const [refused, echo] = forward.ports.map(({ local }) => connectTo({ port: local, host: "127.0.0.1" }));
      await expect(once(refused!, "end")).rejects.toMatchObject({ code: "ECONNRESET" });
      echo?.write("still there");
      const [answer] = (await once(echo!, "data")) as [Buffer];
      expect(answer.toString()).toBe("still there");
      echo?.destroy();
      expect(failures).toEqual([expect.objectContaining({ code: "runtime-failed", rpc: "PortForward" })]);
      return "yes";
    },
  },
];

/** Runs a program and goes away when it runs. */
async function giveUp(stage: Stage, command: readonly string[]): Promise<void> {
  const controller = new AbortController();
  const waiting = new PassThrough();
  const gone = stage.exec(command, { stdin: waiting, stdinEnds: false, signal: controller.signal });
  const outcome = codeOf(gone);
  const word = command.at(-1) === "-" ? command.at(-2) : command.at(-1);
  expect(await within(20_000, () => runs(stage, word ?? ""))).toBe(true);
  controller.abort();
  expect(await outcome).toBe("cancelled");
}
