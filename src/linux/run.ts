import { spawn } from "node:child_process";
import { constants } from "node:os";
import { CancelledError, HostError } from "../errors.ts";

/** What a program left behind when it ended. */
export interface Finished {
  /** 128 plus the signal's number when a signal ended it, as a shell says it. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How to run a program. */
export interface RunOptions {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds after which it is killed. 30,000 when absent; `Infinity` means as long as it takes. */
  readonly timeoutMs?: number | undefined;
  /** What it reads on its standard input; nothing when absent. */
  readonly input?: string | undefined;
}

/** Debian's package for each program that crikit calls. */
const packages: Readonly<Record<string, string>> = {
  ip: "iproute2",
  ss: "iproute2",
  "iptables-save": "iptables",
  iptables: "iptables",
  ip6tables: "iptables",
  "ip6tables-save": "iptables",
  mount: "mount",
  umount: "mount",
  nsenter: "util-linux",
};

/** The longest that a timer of Node takes; a larger number is taken for 1. */
const longestTimerMs = 2 ** 31 - 1;

/**
 * Runs a program of this machine to its end, without a shell.
 *
 * @throws {HostError} when it is not there, or took too long; a non-zero exit code is an answer
 * @throws {CancelledError} when `signal` aborts; the program has been killed and is gone then
 */
export async function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const { signal, timeoutMs = 30_000, input } = options;
  const cancelled = (): Error => new CancelledError(`${program} was cancelled`, { cause: signal?.reason });
  if (signal?.aborted === true) throw cancelled();
  const child = spawn(program, args, { stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"] });
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  child.stdin?.on("error", () => undefined); // it may end without reading what it was given
  child.stdin?.end(input);

  let givenUp: Error | undefined;
  const giveUp = (reason: Error): void => {
    givenUp ??= reason;
    child.kill("SIGKILL");
    // A process that it left behind may hold the other ends of the pipes for as long as it likes.
    child.stdout?.destroy();
    child.stderr?.destroy();
  };
  const onAbort = (): void => giveUp(cancelled());
  const tooLong = new HostError(`${program} took longer than ${timeoutMs} ms and was killed`);
  const timer = setTimeout(giveUp, Math.min(timeoutMs, longestTimerMs), tooLong);
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    return await new Promise((resolve, reject) => {
      child.once("error", (error) => reject(spawnFailure(error, program)));
      child.once("close", (code, killedBy) => {
        if (givenUp !== undefined) reject(givenUp);
        else resolve({ exitCode: code ?? 128 + signalNumber(killedBy), stdout: stdout(), stderr: stderr() });
      });
    });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  }
}

/** The same, for a program that has to succeed: its standard output. @throws {HostError} with what it said on stderr */
export async function runOrThrow(program: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { exitCode, stdout, stderr } = await run(program, args, options);
  if (exitCode === 0) return stdout;
  const said = stderr.trim().split("\n").at(-1) ?? "";
  throw new HostError(`'${[program, ...args].join(" ")}' failed (exit code ${exitCode}): ${said}`);
}

function collect(stream: NodeJS.ReadableStream | null): () => string {
  const chunks: Buffer[] = [];
  stream?.on("data", (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString();
}

function signalNumber(name: NodeJS.Signals | null): number {
  return name === null ? 0 : constants.signals[name];
}

function spawnFailure(error: Error, program: string): Error {
  const missing = "code" in error && error.code === "ENOENT";
  const debian = packages[program];
  return new HostError(missing ? `there is no program '${program}' on this machine` : `cannot run ${program}`, {
    cause: error,
    hint: missing && debian !== undefined ? `install it: apt-get install ${debian}` : undefined,
  });
}
