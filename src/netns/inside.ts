import { HostError } from "../errors.ts";
import { processStat } from "../linux/process.ts";
import { run, type RunOptions, runOrThrow } from "../linux/run.ts";
import type { NetnsFile } from "./resolve-netns.ts";

/** The words that run a program in a network namespace, and nothing else of where it lives. @see nsenter(1) */
export function insideWords({ path }: Pick<NetnsFile, "path">, command: readonly string[]): readonly string[] {
  return [`--net=${path}`, "--", ...command];
}

/** Refuses a namespace whose process has ended: its pid may be another's by now. @throws {HostError} */
export async function stillThere({ holder, path }: NetnsFile): Promise<void> {
  if (holder === undefined) return;
  if ((await processStat(holder.pid))?.startTimeTicks === holder.startTimeTicks) return;
  throw new HostError(`${path} is gone: process ${holder.pid} has ended`, { hint: "look again who is in it" });
}

/**
 * The interfaces of a network namespace with their addresses: what `ip -j addr` prints in it; out of procfs where this
 * machine has no ip(8), and then without what procfs does not show.
 *
 * @throws {HostError} without CAP_SYS_ADMIN, or without nsenter(1)
 */
export async function addressesIn(netns: NetnsFile, options: RunOptions = {}): Promise<readonly NetnsInterface[]> {
  const text = await ipIn(netns, ["addr"], options);
  if (text !== undefined) return parsed<NetnsInterface>(text);
  const { interfacesOfProcfs } = await import("./procfs.ts");
  return interfacesOfProcfs(await filesIn(netns, ["dev", "fib_trie", "route", "if_inet6"], options));
}

/** The routes of a network namespace, IPv4 first: what `ip -j route` prints in it, else what procfs shows. @throws {HostError} */
export async function routesIn(netns: NetnsFile, options: RunOptions = {}): Promise<readonly NetnsRoute[]> {
  const four = await ipIn(netns, ["-4", "route"], options);
  const six = four === undefined ? undefined : await ipIn(netns, ["-6", "route"], options);
  if (four !== undefined && six !== undefined) return [...parsed<NetnsRoute>(four), ...parsed<NetnsRoute>(six)];
  const { routesOfProcfs } = await import("./procfs.ts");
  return routesOfProcfs(await filesIn(netns, ["route", "ipv6_route"], options));
}

/** An interface, with the fields of `ip -j addr` that are always there. */
export interface NetnsInterface {
  readonly ifname: string;
  readonly addr_info: readonly {
    readonly family: "inet" | "inet6";
    readonly local: string;
    readonly prefixlen?: number;
  }[];
  readonly operstate?: string;
  readonly mtu?: number;
  readonly address?: string;
  readonly flags?: readonly string[];
}

/** A route, with the fields of `ip -j route` that are always there. */
export interface NetnsRoute {
  /** `default`, or a network as `10.0.0.0/24`. */
  readonly dst: string;
  readonly gateway?: string;
  readonly dev?: string;
  readonly prefsrc?: string;
  readonly scope?: string;
}

/** Files of `/proc/net` of a network namespace, by name; empty text for one that the kernel has not. @throws {HostError} */
export async function filesIn(
  netns: NetnsFile,
  names: readonly string[],
  options: RunOptions = {},
): Promise<ReadonlyMap<string, string>> {
  await stillThere(netns);
  const texts = await Promise.all(
    names.map(async (name) => {
      // `/proc/net` is the reader's own, whatever has been mounted when.
      const command = insideWords(netns, ["sh", "-c", `cat /proc/net/${name} 2>/dev/null || :`]);
      return [name, await runOrThrow("nsenter", command, options)] as const;
    }),
  );
  return new Map(texts);
}

/** What ip(8) prints there; `undefined` where this machine has none. */
async function ipIn(netns: NetnsFile, words: readonly string[], options: RunOptions): Promise<string | undefined> {
  await stillThere(netns);
  const command = ["ip", "-j", ...words];
  const { exitCode, stdout, stderr } = await run("nsenter", insideWords(netns, command), options);
  if (exitCode === 0) return stdout;
  if (exitCode === 127) return undefined; // as every program that starts others says that there is none
  const said = stderr.trim().split("\n").at(-1) ?? "";
  throw new HostError(`cannot look into ${netns.path}: ${said}`, {
    hint: /permitted|denied/u.test(said) ? "that takes root, or CAP_SYS_ADMIN" : undefined,
  });
}

/** `ip -j` prints nothing at all where there is nothing to print. */
function parsed<Item>(text: string): readonly Item[] {
  return text.trim() === "" ? [] : (JSON.parse(text) as readonly Item[]);
}
