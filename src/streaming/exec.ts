import { constants } from "node:os";
import type { Line } from "../cri/connect.ts";
import { ConnectionLostError, UsageError } from "../errors.ts";
import { converse, type Streams } from "./converse.ts";
import { failureOf, parseLastWord } from "./last-word.ts";
import { openSession, type StreamingOptions } from "./open.ts";
import type { Channel, Purpose, Session } from "./session.ts";

/** What to run, where its streams go, and how they travel. */
export interface ExecOptions extends StreamingOptions, Streams {
  /** The program and its arguments; no shell reads them. */
  readonly command: readonly [string, ...string[]] | readonly string[];
  /** Gives it a terminal: one output, lines edited and keys turned into signals by the kernel. */
  readonly tty?: boolean | undefined;
  /**
   * Whether the process has to see the end of `stdin`. True when absent, but with a terminal, where a key ends it. Where it
   * is false and the runtime cannot tell the end, the process is left waiting for more.
   */
  readonly stdinEnds?: boolean | undefined;
}

/** How a process in a container ended. */
export interface ExecResult {
  /** 0 to 255. Above 128 it usually is 128 and the number of the signal that ended it. */
  readonly exitCode: number;
  /** The signal that such an exit code stands for, such as `SIGKILL`. A process can also exit with that number itself. */
  readonly signal?: NodeJS.Signals;
}

/**
 * Runs a program in a container and carries its streams. A non-zero exit code is an answer, not an error. The promise
 * settles once, when everything that the process wrote has been written; the streams given are left open.
 *
 * `timeoutMs` is for the opening alone. When `signal` aborts, the connection is closed: CRI has no way to kill what runs,
 * so a process that does not end with its input goes on.
 *
 * @throws {NotFoundError} when there is no such container or program
 * @throws {ConnectionLostError} when the connection breaks: what became of the process is not known
 * @throws {CancelledError} {RuntimeFailedError} {UnreachableError} {UntrustedError} {UnimplementedError}
 * @see CRI RuntimeService.Exec
 */
export async function exec(line: Line, containerId: string, options: ExecOptions): Promise<ExecResult> {
  const { command, tty = false, stdinEnds = !tty } = options;
  if (command.length === 0) throw new UsageError("there is no command to run");
  const purpose = purposeOf(options, tty);
  const { stdin, stdout, stderr } = purpose;
  const session = await openSession(
    line,
    {
      rpc: "Exec",
      purpose,
      ask: () => line.runtime.exec({ containerId, cmd: [...command], tty, stdin, stdout, stderr }, options),
      needsInputEnd: stdin && stdinEnds,
    },
    options,
  );
  return finish(line, session, { ...options, rpc: "Exec", purpose });
}

/** Which of the streams to ask the runtime for. It wants at least one. */
export function purposeOf(streams: Streams, tty: boolean): Purpose & { readonly kind: "command" } {
  const stdin = streams.stdin !== undefined;
  const stderr = streams.stderr !== undefined && !tty;
  return { kind: "command", stdin, stdout: streams.stdout !== undefined || !(stdin || stderr), stderr, tty };
}

/** Carries the streams of an open session to their end. @throws as {@link exec} does */
export async function finish(
  line: Line,
  session: Session,
  options: StreamingOptions &
    Streams & { readonly rpc: string; readonly purpose: Purpose & { readonly kind: "command" } },
): Promise<ExecResult> {
  const { rpc, purpose, signal } = options;
  const where = { rpc, endpoint: line.endpoint };
  const channels: readonly Channel[] = [
    "error",
    ...(purpose.stdout ? (["stdout"] as const) : []),
    ...(purpose.stderr ? (["stderr"] as const) : []),
  ];
  const { lastWord, isWhole, lost } = await converse(session, options, { signal, channels });
  const word = isWhole || lastWord !== "" ? parseLastWord(lastWord, session.protocol) : undefined;
  if (word === undefined) {
    const what = lost?.message ?? "the streaming server closed without saying how the process ended";
    throw new ConnectionLostError(`${rpc} on ${line.endpoint}: ${what}`, {
      ...where,
      cause: lost,
      hint: "the process may still be running",
    });
  }
  if (word.kind === "failed") throw failureOf(word, where);
  const { exitCode } = word;
  const name = signalOf(exitCode);
  return name === undefined ? { exitCode } : { exitCode, signal: name };
}

function signalOf(exitCode: number): NodeJS.Signals | undefined {
  const found = Object.entries(constants.signals).find(([, number]) => number === exitCode - 128);
  return found?.[0] as NodeJS.Signals | undefined;
}
