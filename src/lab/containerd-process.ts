import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { open, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { stripVTControlCharacters } from "node:util";
import { connect, type Connection } from "../cri/connect.ts";
import { LabError, RuntimeFailedError, UnreachableError } from "../errors.ts";
import type { LabPaths } from "./lab-paths.ts";
import { markProcess, type ProcessMark } from "./lab-record.ts";
import { programFolders } from "./programs.ts";
import { labVariable } from "./sweep-processes.ts";

/** A containerd that was started and may not answer yet. */
export interface StartedContainerd {
  readonly process: ProcessMark;
  readonly child: ChildProcess;
  readonly paths: LabPaths;
}

/** Milliseconds that containerd may take until it answers; it takes 100 to 300 on an idle machine. */
const patienceMs = 60_000;

/**
 * Starts a lab's containerd in a session of its own, so that neither a Ctrl-C nor our end reaches it.
 *
 * @throws {LabError} when it cannot be started at all
 */
export async function startContainerd(path: string, paths: LabPaths): Promise<StartedContainerd> {
  const log = await open(paths.log, "a", 0o600);
  try {
    const child = spawn(path, ["--config", paths.config], {
      cwd: "/",
      detached: true,
      stdio: ["ignore", log.fd, log.fd],
      env: {
        // Its own shim comes first, or it runs the shim of whichever containerd is installed.
        PATH: [dirname(path), ...programFolders].join(":"),
        [labVariable]: paths.dir,
      },
    });
    await once(child, "spawn");
    child.unref();
    const process = await markProcess(child.pid ?? 0);
    if (process === undefined) throw await died({ child, paths });
    return { process, child, paths };
  } catch (error) {
    if (error instanceof LabError) throw error;
    throw new LabError(`cannot start ${path}`, { cause: error });
  } finally {
    await log.close();
  }
}

/**
 * Waits until containerd answers over CRI.
 *
 * @throws {LabError} when it ends instead, or takes longer than a minute; the hint has the end of its log
 */
export async function untilItAnswers(started: StartedContainerd, signal?: AbortSignal): Promise<Connection> {
  const limit = AbortSignal.timeout(patienceMs);
  for (let pauseMs = 10; ; pauseMs = Math.min(pauseMs * 2, 200)) {
    try {
      return await connect(`unix://${started.paths.socket}`, { signal, env: {} });
    } catch (error) {
      if (signal?.aborted === true || !isTooEarly(error)) throw error;
    }
    if (started.child.exitCode !== null || started.child.signalCode !== null) throw await died(started);
    if (limit.aborted) {
      throw new LabError(`containerd does not answer after ${patienceMs / 1_000} seconds`, {
        hint: `its log ends: ${await logEnd(started.paths.log)}`,
      });
    }
    await sleep(pauseMs, undefined, { signal });
  }
}

/** containerd listens before its CRI plugin is ready, and says so with these words: 1.x with UNKNOWN, 2.x with UNAVAILABLE behind them. */
function isTooEarly(error: unknown): boolean {
  if (error instanceof UnreachableError) return true;
  return error instanceof RuntimeFailedError && error.answer.startsWith("server is not initialized yet");
}

/** What CRI requires a runtime to tell; others, such as containerd's about deprecated settings, are no obstacle. */
const conditions = ["RuntimeReady", "NetworkReady"];

/**
 * Waits until the runtime says that it and its network are ready.
 *
 * @throws {LabError} with what is not, and why, when it takes longer than a minute
 * @see CRI RuntimeService.Status
 */
export async function untilReady({ runtime }: Connection, signal?: AbortSignal): Promise<void> {
  const limit = AbortSignal.timeout(patienceMs);
  for (let pauseMs = 10; ; pauseMs = Math.min(pauseMs * 2, 200)) {
    const { status } = await runtime.status({}, { signal });
    const wanted = (status?.conditions ?? []).filter(({ type }) => conditions.includes(type));
    const missing = wanted.filter((condition) => !condition.status);
    if (wanted.length === conditions.length && missing.length === 0) return;
    if (limit.aborted) {
      throw new LabError(
        `containerd does not get ready: ${missing.map(({ type, message }) => `${type}: ${message}`).join("; ")}`,
      );
    }
    await sleep(pauseMs, undefined, { signal });
  }
}

async function died({ child, paths }: Pick<StartedContainerd, "child" | "paths">): Promise<LabError> {
  const how = child.signalCode === null ? `exit code ${child.exitCode}` : child.signalCode;
  return new LabError(`containerd ended (${how}) before it answered`, {
    hint: `its log ends: ${await logEnd(paths.log)}`,
  });
}

/** The last lines of a log that say something bad, or just the last, without anything that could move a cursor. */
async function logEnd(path: string): Promise<string> {
  const lines = (await readFile(path, "utf8").catch(() => "")).split("\n").filter((line) => line.trim() !== "");
  const bad = lines.filter((line) => /level=(?:error|fatal)|^containerd: |panic/u.test(line));
  const end = (bad.length > 0 ? bad : lines).slice(-3).map((line) => {
    const plain = stripVTControlCharacters(line).replace(/\p{Cc}/gu, " ");
    return plain.length > 400 ? `${plain.slice(0, 400)}…` : plain;
  });
  return end.length === 0 ? "(it is empty)" : end.join(" | ");
}
