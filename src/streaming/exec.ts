import { constants } from "node:os";
import type { Line } from "../cri/connect.ts";
import { UsageError } from "../errors.ts";
import { carry, purposeOf } from "./carry.ts";
import type { Streams } from "./converse.ts";
import { openSession, type StreamingOptions } from "./open.ts";

/** What to run, where its streams go, and how they travel. */
export interface ExecOptions extends StreamingOptions, Streams {
  /** The program and its arguments; no shell reads them. */
  readonly command: readonly string[];
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

/** The detach keys were typed: the process goes on. */
export interface Detached {
  readonly detached: true;
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
export function exec(
  line: Line,
  containerId: string,
  options: ExecOptions & { readonly detachKeys?: undefined },
): Promise<ExecResult>;
/** With `detachKeys` it may also end by being left alone. */
export function exec(line: Line, containerId: string, options: ExecOptions): Promise<ExecResult | Detached>;
export async function exec(line: Line, containerId: string, options: ExecOptions): Promise<ExecResult | Detached> {
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
  const ended = await carry(session, options, { rpc: "Exec", endpoint: line.endpoint, purpose });
  if (ended === "detached") return { detached: true };
  const signal = signalOf(ended.exitCode);
  return signal === undefined ? ended : { ...ended, signal };
}

function signalOf(exitCode: number): NodeJS.Signals | undefined {
  const found = Object.entries(constants.signals).find(([, number]) => number === exitCode - 128);
  return found?.[0] as NodeJS.Signals | undefined;
}
