import { readlink } from "node:fs/promises";
import { readOf } from "../linux/process.ts";

/** The inode of the first pid namespace, on every kernel since 3.8: `PROC_PID_INIT_INO` of linux/proc_ns.h. */
const firstPidNamespace = "pid:[4026531836]";

/** USER_HZ: in what /proc counts, whatever the kernel's own clock is. @see proc_pid_stat(5) */
const ticksPerSecond = 100n;

/**
 * Whether the pids that a runtime names are those that a procfs shows. They are as soon as one process that it names is in
 * the cgroup of its container: an id of 256 random bits is there by no chance. Until then nothing is known, and a pid may
 * be another process's: crikit may run in a pid namespace of its own, or the runtime may.
 */
export class ProcView {
  readonly proc: string;
  #isRuntimes = false;

  constructor(proc: string) {
    this.proc = proc;
  }

  /** A process was found in the cgroup that the runtime's word for it makes one expect. */
  confirm(): void {
    this.#isRuntimes = true;
  }

  /** Why a process that could not be found, or is a stranger, may be none of this procfs; undefined when that is not it. */
  async whyElsewhere(pid: number): Promise<string | undefined> {
    if (this.#isRuntimes) return undefined;
    if (await this.#isNested()) {
      return `the runtime's process ${pid} is not to be found: crikit is in a pid namespace of its own, and has to be in the host's (hostPID: true)`;
    }
    const hides = (await readOf(`${this.proc}/1/stat`)) === undefined;
    return hides ? `process ${pid} is not shown: ${this.proc} hides other users' processes (hidepid)` : undefined;
  }

  /** When a process was started, nanoseconds since 1970 by this machine's clock; undefined where procfs does not tell. */
  async startedAtNs(startTimeTicks: bigint): Promise<bigint | undefined> {
    const bootedAt = /^btime (\d+)$/mu.exec((await readOf(`${this.proc}/stat`)) ?? "")?.[1];
    if (bootedAt === undefined) return undefined;
    return BigInt(bootedAt) * 1_000_000_000n + (startTimeTicks * 1_000_000_000n) / ticksPerSecond;
  }

  async #isNested(): Promise<boolean> {
    const own = await readlink(`${this.proc}/self/ns/pid`).catch(() => undefined);
    return own !== undefined && own !== firstPidNamespace;
  }
}
