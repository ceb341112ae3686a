import { readdir, readFile } from "node:fs/promises";

/** What `/proc/PID/stat` says of a process. @see proc_pid_stat(5) */
export interface ProcessStat {
  readonly pid: number;
  readonly comm: string;
  /** One letter: `R`, `S`, `D`, `Z` for a zombie, … */
  readonly state: string;
  readonly parentPid: number;
  /** Clock ticks between boot and its start. Together with the pid it names one process for ever. */
  readonly startTimeTicks: bigint;
  /** The kernel's own, without a program. */
  readonly isKernelThread: boolean;
}

/** `PF_KTHREAD` of linux/sched.h, in the flags of `/proc/PID/stat`. */
const kernelThreadFlag = 0x200000;

/**
 * Reads `/proc/PID/stat`.
 *
 * @returns undefined when there is no such process
 * @throws {NodeJS.ErrnoException} for anything else than that
 */
export async function processStat(pid: number | "self", proc = "/proc"): Promise<ProcessStat | undefined> {
  const text = await readOf(`${proc}/${pid}/stat`);
  return text === undefined ? undefined : parseProcessStat(text);
}

/** Parses the one line of `/proc/PID/stat`. A command may hold blanks and parentheses, so the last `)` ends it. */
export function parseProcessStat(text: string): ProcessStat | undefined {
  const open = text.indexOf("(");
  const close = text.lastIndexOf(")");
  const fields = text
    .slice(close + 1)
    .trim()
    .split(/\s+/u);
  const [state, parentPid] = fields;
  const startTime = fields[19]; // field 22 of the line, counted from the state; the flags are field 9
  if (open < 0 || close < open || state === undefined || startTime === undefined) return undefined;
  return {
    pid: Number(text.slice(0, open)),
    comm: text.slice(open + 1, close),
    state,
    parentPid: Number(parentPid),
    startTimeTicks: BigInt(startTime),
    isKernelThread: (Number(fields[6]) & kernelThreadFlag) !== 0,
  };
}

/** The pids that `proc` shows now. */
export async function listPids(proc = "/proc"): Promise<readonly number[]> {
  return (await readdir(proc)).filter((name) => /^\d+$/u.test(name)).map(Number);
}

/** Program and arguments of a process; empty for a kernel thread, a zombie, and one that is gone. @see proc_pid_cmdline(5) */
export async function commandLine(pid: number, proc = "/proc"): Promise<readonly string[]> {
  const text = await readOf(`${proc}/${pid}/cmdline`);
  return text === undefined || text === "" ? [] : text.replace(/\0$/u, "").split("\0");
}

/** The text of a file of procfs, `undefined` when its process is gone: ESRCH is what a read says when it ends meanwhile. */
export async function readOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ESRCH"))
      return undefined;
    throw error;
  }
}
