import { spawn } from "node:child_process";
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
  /** Milliseconds after which it is killed. 30,000 when absent. */
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

/**
 * Runs a program of this machine to its end, without a shell.
 *
 * @throws {HostError} when it is not there, or took too long; a non-zero exit code is an answer
 * @throws {CancelledError} when `signal` aborts; the program has been killed then
 */
export async function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const { signal, timeoutMs = 30_000, input } = options;
  if (signal?.aborted === true) throw new CancelledError(`${program} was cancelled`, { cause: signal.reason });
  const limit = AbortSignal.timeout(timeoutMs);
  const child = spawn(program, args, {
    stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    killSignal: "SIGKILL",
    signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
  });
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  child.stdin?.on("error", () => undefined); // it may end without reading what it was given
  child.stdin?.end(input);
  return new Promise((resolve, reject) => {
    child.once("error", (error) => reject(spawnFailure(error, { program, signal, limit, timeoutMs })));
    child.once("close", (code, killedBy) => {
      const exitCode = code ?? 128 + (killedBy === "SIGKILL" ? 9 : 15);
      resolve({ exitCode, stdout: stdout(), stderr: stderr() });
    });
  });
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

interface Circumstances {
  readonly program: string;
  readonly signal: AbortSignal | undefined;
  readonly limit: AbortSignal;
  readonly timeoutMs: number;
}

function spawnFailure(error: Error, { program, signal, limit, timeoutMs }: Circumstances): Error {
  if (signal?.aborted === true) return new CancelledError(`${program} was cancelled`, { cause: signal.reason });
  if (limit.aborted)
    return new HostError(`${program} took longer than ${timeoutMs} ms and was killed`, { cause: error });
  // EACCES is what a folder on PATH says that this user may not look into.
  const missing = "code" in error && (error.code === "ENOENT" || error.code === "EACCES");
  const debian = packages[program];
  return new HostError(missing ? `there is no program '${program}' that can be run here` : `cannot run ${program}`, {
    cause: error,
    hint: missing && debian !== undefined ? `install it: apt-get install ${debian}` : undefined,
  });
}
