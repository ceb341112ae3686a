import { randomInt } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { CancelledError, CrikitError } from "../../errors.ts";
import { endProcess } from "../../linux/kill-exec.ts";
import { namespacesOf } from "../../linux/namespace.ts";
import { commandLine, listPids, processStat } from "../../linux/process.ts";
import type { Member } from "../measure.ts";
import { type CheckSource, unlessAborted } from "./check.ts";
import type { Started } from "./exec.ts";

/** Seconds that the program waits at most: old runtimes leave it behind when nobody waits for it any more. */
const seconds = 3;

/** Milliseconds between two looks at the processes of this machine, and for the runtime to notice that one ended. */
const pauseMs = 10;
const noticeMs = 5_000;

/** After so many looks at new processes one at all of them: a pid may have gone to another process meanwhile. */
const fullLookEvery = 20;

/** What a shell and both runtimes call the end by SIGKILL. */
const killed = 137;

/**
 * Starts `sleep` in a container by ExecSync, looks at the process from the host, and ends it. It is found by its argument,
 * in which the zeros in front are ours alone: were it looked for in the container's cgroup, one that strayed might not be
 * found. That it was ours shows when it is ended: then ExecSync ends.
 *
 * @param slot another one for each that runs at the same time
 */
export async function startAndLook(member: Member, slot: number, source: CheckSource): Promise<Started> {
  const argument = `${"0".repeat(8 + (slot % 12) * 16 + randomInt(16))}${seconds}`;
  const before = new Set(await listPids(source.proc));
  const command = execSync(member.id, ["sleep", argument], source);
  try {
    for (let looks = 1; ; looks += 1) {
      unlessAborted(source);
      if (command.outcome() !== undefined) break;
      const skipped = looks % fullLookEvery === 0 ? new Set<number>() : before;
      const pid = await findSleeper(argument, skipped, source);
      if (pid === undefined) {
        await Promise.race([sleep(pauseMs), command.ended]);
        continue;
      }
      const started = await lookAndEnd(pid, member, source);
      await Promise.race([sleep(noticeMs, undefined, { ref: false }), command.ended]);
      if (!started.seen || command.outcome()?.exitCode === killed) return started;
      return { seen: false, reason: `process ${pid} was not the one that ExecSync started` };
    }
    return { seen: false, reason: command.outcome()?.reason ?? "it was given up" };
  } finally {
    command.giveUp();
    await command.ended;
  }
}

/** An ExecSync that is under way. */
interface Command {
  /** What became of it; undefined while it runs. */
  readonly outcome: () => { readonly exitCode: number | undefined; readonly reason: string } | undefined;
  readonly ended: Promise<void>;
  readonly giveUp: () => void;
}

function execSync(containerId: string, cmd: string[], { line, call }: CheckSource): Command {
  const giveUp = new AbortController();
  const follow = (): void => giveUp.abort(call?.signal?.reason);
  call?.signal?.addEventListener("abort", follow, { once: true });
  let outcome: ReturnType<Command["outcome"]>;
  const run = async (): Promise<void> => {
    try {
      const request = { containerId, cmd, timeout: BigInt(3 * seconds) };
      const { exitCode } = await line.runtime.execSync(request, { ...call, signal: giveUp.signal });
      const reason = `a 'sleep' that was started in it ended (exit code ${exitCode}) unseen: its processes are not this machine's`;
      outcome = { exitCode, reason };
    } catch (error) {
      if (!(error instanceof CrikitError)) throw error;
      const why = error instanceof CancelledError ? "it was given up" : error.message;
      outcome = { exitCode: undefined, reason: `no 'sleep' could be started in it: ${why}` };
    } finally {
      call?.signal?.removeEventListener("abort", follow);
    }
  };
  const ended = run();
  ended.catch(() => undefined); // whoever waits for it is told
  return { outcome: () => outcome, ended, giveUp: () => giveUp.abort() };
}

/** The process that sleeps so long: of two words, for a program that becomes it, such as unshare(1), is not there yet. */
async function findSleeper(
  argument: string,
  skipped: ReadonlySet<number>,
  { proc }: CheckSource,
): Promise<number | undefined> {
  for (const pid of await listPids(proc)) {
    if (skipped.has(pid)) continue;
    const words = await commandLine(pid, proc).catch(() => []);
    if (words.length === 2 && words[1] === argument) return pid;
  }
  return undefined;
}

async function lookAndEnd(pid: number, member: Member, { proc }: CheckSource): Promise<Started> {
  const own = await processStat(pid, proc);
  const gone: Started = { seen: false, reason: `process ${pid} ended while it was looked at` };
  if (own === undefined) return gone;
  try {
    const { pid: containers, found } = member;
    if (containers === undefined || !found.measured) return { seen: false, reason: "the container has no process" };
    const [namespaces, container] = await Promise.all([namespacesOf(pid, proc), namespacesOf(containers, proc)]);
    const [after, theirs] = await Promise.all([processStat(pid, proc), processStat(containers, proc)]);
    if (after?.startTimeTicks !== own.startTimeTicks || after.state === "Z") return gone;
    if (theirs?.startTimeTicks !== found.startTimeTicks || theirs.state === "Z") {
      return { seen: false, reason: `process ${containers} ended while it was looked at` };
    }
    return { seen: true, pid, startTimeTicks: own.startTimeTicks, namespaces, container };
  } catch (error) {
    const errno = error instanceof Error && "code" in error ? String(error.code) : undefined;
    if (errno === "ENOENT" || errno === "ESRCH") return gone;
    if (errno !== "EACCES" && errno !== "EPERM") throw error;
    return { seen: false, reason: `may not look at process ${pid}: that takes CAP_SYS_PTRACE` };
  } finally {
    await endProcess(own, proc);
  }
}
