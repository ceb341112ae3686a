import { stat } from "node:fs/promises";
import { HostError } from "../errors.ts";
import { readOf } from "./process.ts";
import { runOrThrow, type RunOptions } from "./run.ts";

/**
 * Whom root of the user namespace that owns a network namespace is outside, by the owner of the files of
 * `/proc/PID/net`: without an ioctl, which Node has none of. 0 also where that user namespace had no users yet as the network
 * namespace was made in it.
 *
 * @returns undefined when the process is gone
 * @throws {NodeJS.ErrnoException} when it may not be looked at
 * @see proc_net_ns_init() of Linux
 */
export async function netnsRootOf(pid: number, proc = "/proc"): Promise<number | undefined> {
  try {
    return (await stat(`${proc}/${pid}/net/dev`)).uid;
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ESRCH"))
      return undefined;
    throw error;
  }
}

/**
 * The same from inside, as it is now: the owner of a network setting. One process for it.
 *
 * @param netns a file that shows it, such as a pin
 * @throws {HostError} without CAP_SYS_ADMIN, or when there is no nsenter(1)
 * @see net_ctl_set_ownership() of Linux
 */
export async function netnsRootIn(netns: string, options: RunOptions = {}): Promise<number> {
  const words = [`--net=${netns}`, "--", "stat", "-c", "%u", netnsSetting];
  const said = (await runOrThrow("nsenter", words, options)).trim();
  if (/^\d+$/u.test(said)) return Number(said);
  throw new HostError(`stat said '${said}' for the owner of ${netnsSetting}`);
}

/** A setting that every network namespace has of its own. */
export const netnsSetting = "/proc/sys/net/ipv4/ip_forward";

/** Whom root of a process's user namespace is outside; undefined when nobody is, or the process is gone. @see user_namespaces(7) */
export async function usernsRootOf(pid: number, proc = "/proc"): Promise<number | undefined> {
  for (const line of ((await readOf(`${proc}/${pid}/uid_map`)) ?? "").trim().split("\n")) {
    const [inside, outside] = line.trim().split(/\s+/u);
    if (inside === "0" && outside !== undefined) return Number(outside);
  }
  return undefined;
}
