import { spawn, type ChildProcess, type ChildProcessWithoutNullStreams } from "node:child_process";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The executable that CRIKIT_TEST_EXECUTABLE names, to be tested in place of what npm installs. */
const executable = process.env["CRIKIT_TEST_EXECUTABLE"] ?? "";

/** Whether these tests run the executable. What is true of Node and of the npm package alone is not tested then. */
export const isExecutable = executable !== "";

/** The program, as a link or a shell can start it. */
export const crikitPath = isExecutable
  ? resolve(executable)
  : fileURLToPath(new URL("../../bin/crikit.js", import.meta.url));

/** The program as words of a line of a shell. @param preload a module that its engine loads first */
export function crikitLine(preload?: string): string {
  if (isExecutable) return preload === undefined ? crikitPath : `BUN_OPTIONS=--preload=${preload} ${crikitPath}`;
  return [process.execPath, ...(preload === undefined ? [] : [`--import=${preload}`]), crikitPath].join(" ");
}

if (!existsSync(new URL("../../dist/bundle/id", import.meta.url))) {
  throw new Error("these tests run the built program: npm run build");
}

/** How a command line ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a command line is run with. */
export interface RunOptions {
  /** Added to an environment that knows nothing of any runtime. */
  readonly env?: Readonly<Record<string, string>>;
  /** A module that its engine loads first. */
  readonly preload?: string;
  readonly stdin?: string | Uint8Array;
  /** In a session of its own, without a terminal to ask on. */
  readonly detached?: boolean;
}

/** Runs `crikit ...argv` to its end. */
export function crikit(argv: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const child = start(argv, options);
  child.stdin?.on("error", () => undefined); // it may have ended before it read anything
  child.stdin?.end(options.stdin ?? "");
  return ended(child);
}

/** Starts `crikit ...argv`, its three streams pipes. */
export function start(argv: readonly string[], { env, preload, detached = false }: RunOptions = {}): ChildProcess {
  const hook = preload === undefined ? [] : [`--import=${preload}`];
  const [program, ...words] = isExecutable ? [crikitPath] : [process.execPath, ...hook, crikitPath];
  const engine = isExecutable && preload !== undefined ? { BUN_OPTIONS: `--preload=${preload}` } : {};
  return spawn(program, [...words, ...argv], { env: { ...cleanEnv(), ...engine, ...env }, detached });
}

/** Settles when the process has ended and its output is read. */
export async function ended(child: ChildProcess): Promise<Ended> {
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout?.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr?.on("data", (chunk: Buffer) => stderr.push(chunk));
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (exitCode, killedBy) => resolve([exitCode, killedBy]));
  });
  return { code, signal, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() };
}

/** The environment without what would lead a command to a runtime of this machine, or change how output looks. */
export function cleanEnv(): Record<string, string> {
  const ours = ["CONTAINER_RUNTIME_ENDPOINT", "IMAGE_SERVICE_ENDPOINT", "CRI_CONFIG_FILE", "NO_COLOR", "NODE_OPTIONS"];
  const others = Object.entries(process.env).filter(
    (entry): entry is [string, string] => !ours.includes(entry[0]) && entry[1] !== undefined,
  );
  // Not what /etc/crictl.yaml says either.
  return { ...Object.fromEntries(others), CRI_CONFIG_FILE: "/dev/null" };
}

/**
 * Starts a command line on a terminal of its own. Bash runs it, whatever shell this machine's user has: bash gives way to
 * a single command, and dash, which stays, ends as 130 after a Ctrl-C whatever the command's own status is.
 */
export function onTerminal(line: string, env: Readonly<Record<string, string>> = {}): ChildProcessWithoutNullStreams {
  const all = { ...cleanEnv(), SHELL: "/bin/bash", TERM: "xterm", ...env };
  return spawn("script", ["-qec", line, "/dev/null"], { env: all });
}

/** Runs `crikit ...argv` on a terminal of its own, and gives what is to be seen there. */
export async function runInTerminal(
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const child = onTerminal([crikitLine(), ...argv].join(" "), env);
  child.stdin.end();
  return (await ended(child)).stdout.replaceAll("\r\n", "\n");
}

/** Runs a line in bash. */
export function shell(line: string, env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const child = spawn("bash", ["--norc", "-c", line], {
    env: { ...cleanEnv(), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  return ended(child);
}

/** A command line on a terminal of its own that a test watches and types into. */
export interface OpenTerminal {
  /** Settles when the text has been seen. */
  shows(text: string | RegExp): Promise<void>;
  type(keys: string): void;
  ended(): Promise<Ended>;
}

/** Starts `crikit ...argv` on a terminal of its own. */
export function openTerminal(argv: readonly string[], env: Readonly<Record<string, string>> = {}): OpenTerminal {
  const child = onTerminal([crikitLine(), ...argv].join(" "), env);
  let seen = "";
  const waiting = new Set<() => void>();
  child.stdout.on("data", (chunk: Buffer) => {
    seen += chunk.toString();
    for (const look of waiting) look();
  });
  const end = ended(child);
  return {
    shows: async (text) => {
      const isThere = (): boolean => (typeof text === "string" ? seen.includes(text) : text.test(seen));
      const shown = new Promise<void>((resolve) => {
        const look = (): void => {
          if (!isThere()) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      });
      const over = end.then(({ stdout }) => {
        if (!isThere()) throw new Error(`it ended without showing ${String(text)}: ${stdout}`);
      });
      await Promise.race([shown, over]);
    },
    type: (keys) => child.stdin.write(keys),
    ended: async () => {
      const { stdout, ...rest } = await end;
      return { ...rest, stdout: stdout.replaceAll("\r\n", "\n") };
    },
  };
}
