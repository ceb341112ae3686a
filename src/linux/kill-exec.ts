import { basename } from "node:path";
import { kill } from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { cgroupNames, cgroupsOf } from "./cgroup.ts";
import { commandLine, listPids, processStat, readOf, type ProcessStat } from "./process.ts";

/** A program that a runtime was asked to run in a container. */
export interface ExecMark {
  readonly containerId: string;
  readonly command: readonly string[];
  /** How long ago the runtime was asked. */
  readonly ageMs: number;
}

/** USER_HZ: what /proc counts times in. @see proc_pid_stat(5) */
const ticksPerSecond = 100;

/** The clocks of both sides are the same, but are read one after the other. */
const toleranceMs = 50;

/** How long a runtime may take to start what it was asked to: what has begun later is somebody else's. */
const startWithinMs = 10_000;

/** Milliseconds for a program that was asked to end, and between two looks at whether it has. */
const graceMs = 2_000;
const pauseMs = 50;

/**
 * Kills a program that was started in a container of this machine by an exec: SIGTERM, then SIGKILL. CRI can name it no more
 * than kill it, so it has to be the only one that fits: begun soon after that, by somebody outside of the container, and with
 * a command line that it can have. Others may have been started there since, and go on when ours has ended by itself.
 *
 * @returns whether it is gone: newer runtimes kill it themselves when the client goes
 */
export async function killExec(mark: ExecMark, proc = "/proc"): Promise<boolean> {
  const found = await theOne(mark, proc);
  if (typeof found === "string") return found === "none";
  for (let waitedMs = 0; ; waitedMs += pauseMs) {
    const now = await processStat(found.pid, proc);
    if (now?.startTimeTicks !== found.startTimeTicks || now.state === "Z") return true;
    if (waitedMs > 2 * graceMs) return false;
    try {
      if (waitedMs === 0) killGroup(found.pid, "SIGTERM");
      if (waitedMs === graceMs) killGroup(found.pid, "SIGKILL");
    } catch {
      return false; // not ours to kill, or gone meanwhile
    }
    await sleep(pauseMs);
  }
}

/** Kills one process, if it still is the same. Harmless when it is gone, or not ours to kill. */
export async function endProcess(
  { pid, startTimeTicks }: Pick<ProcessStat, "pid" | "startTimeTicks">,
  proc = "/proc",
): Promise<void> {
  if ((await processStat(pid, proc))?.startTimeTicks !== startTimeTicks) return;
  try {
    kill(pid, "SIGKILL");
  } catch {
    // It ended meanwhile, or belongs to somebody whom we may not end.
  }
}

/** With what it has started itself: runtimes give every exec a session of its own. */
function killGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    kill(-pid, signal);
  } catch {
    kill(pid, signal); // it leads no group
  }
}

async function theOne(
  { containerId, command, ageMs }: ExecMark,
  proc: string,
): Promise<ProcessStat | "none" | "unknown"> {
  const uptimeSeconds = Number((await readOf(`${proc}/uptime`))?.split(" ")[0] ?? NaN);
  const sinceTicks = (uptimeSeconds - (ageMs + toleranceMs) / 1_000) * ticksPerSecond;
  const untilTicks = sinceTicks + (startWithinMs / 1_000) * ticksPerSecond;
  const inside: ProcessStat[] = [];
  for (const pid of await listPids(proc)) {
    if (!cgroupNames(await cgroupsOf(pid, proc), containerId)) continue;
    const stat = await processStat(pid, proc);
    if (stat !== undefined) inside.push(stat);
  }
  if (inside.length === 0) return "unknown"; // the container is not on this machine
  const pids = new Set(inside.map(({ pid }) => pid));
  const begun = inside.filter(({ parentPid, startTimeTicks: ticks }) => {
    return !pids.has(parentPid) && Number(ticks) >= sinceTicks && Number(ticks) <= untilTicks;
  });
  if (begun.length === 0) return "none";
  const fitting: ProcessStat[] = [];
  for (const stat of begun) {
    if (canBe(await commandLine(stat.pid, proc), command)) fitting.push(stat);
  }
  return fitting.length === 1 && fitting[0] !== undefined ? fitting[0] : "unknown";
}

/**
 * Whether a process with this command line can be what was started by `command`: by itself, as what `env` and the like have
 * become, as the last program of a shell's line, or as a script with its interpreter in front.
 */
export function canBe(line: readonly string[], command: readonly string[]): boolean {
  if (line.length === 0 || command.length === 0) return false;
  if (isEndOf(line, command)) return true;
  if (` ${command.at(-1) ?? ""}`.endsWith(` ${line.join(" ")}`)) return true;
  const [program = "", ...words] = command;
  const behind = line.slice(-command.length);
  return (
    line.length > command.length && basename(behind[0] ?? "") === basename(program) && isEndOf(words, behind.slice(1))
  );
}

function isEndOf(end: readonly string[], words: readonly string[]): boolean {
  const offset = words.length - end.length;
  return offset >= 0 && end.every((word, at) => word === words[offset + at]);
}
