import { spawn } from "node:child_process";
import { constants } from "node:os";
import type { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { CancelledError, HostError } from "../errors.ts";
import { cgroupNames, cgroupsOf } from "./cgroup.ts";

/** A process whose place another program takes, and as whom. */
export interface EnterPlan {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
  readonly command: readonly string[];
}

/** The local ends of its streams. Without them it has ours, and with them our terminal. */
export interface EnterStreams {
  readonly stdin?: AsyncIterable<Uint8Array> | undefined;
  readonly stdout: Writable;
  readonly stderr: Writable;
}

/** Whether a process of this machine belongs to a container. */
export async function isOfContainer(pid: number, containerId: string, proc = "/proc"): Promise<boolean> {
  return cgroupNames(await cgroupsOf(pid, proc), containerId);
}

/**
 * Runs a program of this machine's making where a process of it lives: in all its namespaces, on its root. Not in its
 * cgroup, and without its seccomp filter. Needs root.
 *
 * @param streams absent: it has this process's own
 * @returns its exit code; 128 and the signal's number when one ended it
 * @throws {HostError} when there is no nsenter(1); {CancelledError} when `signal` aborts: it has been killed then
 */
export async function enter(
  { pid, uid, gid, command }: EnterPlan,
  { streams, signal }: { readonly streams?: EnterStreams | undefined; readonly signal: AbortSignal | undefined },
): Promise<number> {
  const where = ["--target", String(pid), "--all", "--setuid", String(uid), "--setgid", String(gid)];
  const child = spawn("nsenter", [...where, "--", ...command], {
    stdio: streams === undefined ? "inherit" : [streams.stdin === undefined ? "ignore" : "pipe", "pipe", "pipe"],
  });
  const kill = (): void => void child.kill("SIGKILL");
  signal?.addEventListener("abort", kill, { once: true });
  if (signal?.aborted === true) kill();
  const ended = new Promise<number>((resolve, reject) => {
    child.once("error", (error) => reject(new HostError(`cannot run nsenter: ${error.message}`, { cause: error })));
    child.once("exit", (code, by) => resolve(code ?? 128 + (by === null ? 0 : constants.signals[by])));
  });
  try {
    const [code] = await Promise.all([ended, ...(streams === undefined ? [] : carried(child, streams))]);
    if (signal?.aborted === true) throw new CancelledError("the program was killed", { cause: signal.reason });
    return code;
  } finally {
    signal?.removeEventListener("abort", kill);
  }
}

function carried(
  child: { readonly stdin: Writable | null; readonly stdout: Readable | null; readonly stderr: Readable | null },
  { stdin, stdout, stderr }: EnterStreams,
): readonly Promise<void>[] {
  const { stdin: input, stdout: output, stderr: errors } = child;
  // It may end without reading what it was given: then nobody waits for the rest.
  if (stdin !== undefined && input !== null) pipeline(stdin, input).catch(() => undefined);
  return [output, errors].map((from, at) =>
    from === null ? Promise.resolve() : pipeline(from, at === 0 ? stdout : stderr, { end: false }),
  );
}
