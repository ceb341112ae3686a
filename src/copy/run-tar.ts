import { PassThrough, type Writable } from "node:stream";
import type { Line } from "../cri/connect.ts";
import { NotFoundError, RuntimeFailedError } from "../errors.ts";
import { killExec } from "../linux/kill-exec.ts";
import { exec } from "../streaming/exec.ts";
import type { StreamingOptions } from "../streaming/open.ts";

/** A container that is copied from or to, and how its bytes travel. */
export interface TarContainer {
  readonly line: Line;
  readonly containerId: string;
  readonly streaming: StreamingOptions;
  /** Keeps owners of what is copied into it; else it becomes root's. */
  readonly archive: boolean;
}

/** What tar is to do. */
export interface TarRun {
  readonly command: readonly string[];
  readonly stdin?: AsyncIterable<Uint8Array>;
  readonly stdout?: Writable;
  readonly signal: AbortSignal | undefined;
  /** What it is about, for errors. */
  readonly path: string;
}

/** Longest text of what tar complains of. */
const longestComplaintBytes = 4_096;

/**
 * Runs the container's tar to its end. When nobody waits for that any more, the tar is killed where the container is on this
 * machine: it would go on waiting for somebody to take its output.
 *
 * @throws {NotFoundError} {RuntimeFailedError} with what tar complained of; what `exec` throws
 */
export async function runTar({ line, containerId, streaming }: TarContainer, run: TarRun): Promise<void> {
  const { command, stdin, stdout, signal, path } = run;
  const stderr = new PassThrough();
  let complaint = "";
  stderr.on("data", (chunk: Buffer) => {
    if (complaint.length < longestComplaintBytes) complaint += chunk.toString();
  });
  const startedAtMs = performance.now();
  let exitCode: number;
  try {
    ({ exitCode } = await exec(line, containerId, { ...streaming, command, stdin, stdout, stderr, signal }));
  } catch (error) {
    await killExec({ containerId, command, ageMs: performance.now() - startedAtMs });
    throw error;
  }
  if (exitCode !== 0) throw failureOf(exitCode, path, complaint.trim().replaceAll("\n", "; "));
}

/** By what tar writes on stderr: the only place where it says why. */
function failureOf(exitCode: number, path: string, complaint: string): NotFoundError | RuntimeFailedError {
  const message = `tar in the container exited with ${exitCode} for ${path}: ${complaint}`;
  if (/no such file or directory/iu.test(complaint)) return new NotFoundError(message);
  return new RuntimeFailedError(message, { status: `exit code ${exitCode}`, answer: complaint });
}
