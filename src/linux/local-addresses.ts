import { isIPv6 } from "node:net";
import { readOf } from "./process.ts";

/** What procfs shows of a network namespace without entering it. */
export interface LocalAddresses {
  /** In canonical form, those of loopback among them. An interface that is down has no IPv6 address here. */
  readonly addresses: ReadonlySet<string>;
  /**
   * Whether `lo` is certainly up. What procfs has of it is only what an interface gets as it goes up and loses as it goes
   * down: `::1`, and that it listens to 224.0.0.1. False where IPv6 is off.
   */
  readonly loopbackUp: boolean;
  /** The files that said so. */
  readonly files: readonly string[];
}

/**
 * The local addresses of the network namespace that a process is in, of both families, from `/proc/PID/net`.
 *
 * @returns undefined when the process is gone, or the kernel keeps no fib_trie
 * @throws {NodeJS.ErrnoException} when they may not be read
 * @see proc_pid_net(5); net/ipv4/fib_trie.c, net/ipv4/igmp.c and net/ipv6/addrconf.c of Linux
 */
export async function localAddressesOf(pid: number, proc = "/proc"): Promise<LocalAddresses | undefined> {
  const files = ["fib_trie", "if_inet6", "igmp"].map((file) => `${proc}/${pid}/net/${file}`);
  const [four, six = "", groups = ""] = await Promise.all(files.map(readOf)); // there may be no IPv6, and no multicast
  if (four === undefined) return undefined;
  const inet6 = parseIfInet6(six);
  return {
    addresses: new Set([...parseFibTrie(four), ...inet6.map(({ address }) => address)]),
    loopbackUp: inet6.some(({ address, device }) => address === "::1" && device === "lo") && listens(groups, "lo"),
    files,
  };
}

/** The local IPv4 addresses in the text of fib_trie: the leaves that have a host route of type LOCAL. */
export function parseFibTrie(text: string): readonly string[] {
  let leaf = "";
  const found: string[] = [];
  for (const line of text.split("\n")) {
    const address = /^\s*\|-- (\S+)$/u.exec(line)?.[1];
    if (address !== undefined) leaf = address;
    else if (/^\s*\/32 \S+ LOCAL\b/u.test(line)) found.push(leaf);
  }
  return [...new Set(found)]; // the same trie is printed for each of its tables
}

/** The IPv6 addresses in the text of if_inet6, where each begins a line as 32 hexadecimal digits and its device ends it. */
export function parseIfInet6(text: string): readonly { readonly address: string; readonly device: string }[] {
  return text.split("\n").flatMap((line) => {
    const [, digits, device] = /^([0-9a-f]{32}) .* (\S+)$/u.exec(line) ?? [];
    if (digits === undefined || device === undefined) return [];
    return [{ address: canonicalAddress(digits.replaceAll(/(.{4})(?=.)/gu, "$1:")), device }];
  });
}

/** Whether an interface listens to 224.0.0.1, by the text of igmp: a line for each interface, and its groups below it. */
export function listens(text: string, device: string): boolean {
  let current: string | undefined;
  for (const line of text.split("\n")) {
    current = /^\d+\s+(\S+)\s*:/u.exec(line)?.[1] ?? current;
    // Its bytes as one number of the machine's own order.
    if (current === device && /^\s+(?:010000E0|E0000001)\b/u.test(line)) return true;
  }
  return false;
}

/** One spelling for each address: `FD00:0::2` and `fd00::2` are the same. What is no IPv6 address comes back as it is. */
export function canonicalAddress(text: string): string {
  const address = text.replace(/%.*$/u, ""); // an interface may stand behind it
  return isIPv6(address) ? new URL(`http://[${address}]`).hostname.slice(1, -1) : text;
}
