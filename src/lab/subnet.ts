import { createHash } from "node:crypto";
import { LabError } from "../errors.ts";

/** Where a lab's pods may live, first choice first: private use, then shared address space, then benchmarks. */
const pools = ["10.224.0.0/11", "172.16.0.0/12", "192.168.0.0/16", "10.0.0.0/8", "100.64.0.0/10", "198.18.0.0/15"];

/** Bits of a lab's IPv4 prefix: 1,021 pods, which is more than the ports of a Linux bridge. */
const prefixBits = 22;

/**
 * An IPv4 subnet that overlaps none of `used`, as `10.224.0.0/22`.
 *
 * @param used addresses and prefixes of the machine and of other labs, IPv4 as `a.b.c.d/n`; what is not IPv4 is skipped
 * @throws {LabError} when every private range is taken
 */
export function freeSubnet(used: readonly string[]): string {
  const taken = used.flatMap((text) => parseIpv4(text) ?? []);
  for (const pool of pools.flatMap((text) => parseIpv4(text) ?? [])) {
    for (let first = pool.first; first <= pool.last; first += 2 ** (32 - prefixBits)) {
      const last = first + 2 ** (32 - prefixBits) - 1;
      if (!taken.some((range) => range.first <= last && first <= range.last)) return `${showIpv4(first)}/${prefixBits}`;
    }
  }
  throw new LabError("no private IPv4 range is free on this machine for the pods of a lab", {
    hint: "look with 'ip route': a route to all of 10.0.0.0/8 and the like leaves no room",
  });
}

/**
 * An IPv6 subnet of unique local addresses, made from a lab's name: the same lab gets the same one.
 *
 * @param used as for {@link freeSubnet}; only prefixes that look the same count, the others are 2^40 to one against
 * @see RFC 4193
 */
export function freeSubnet6(name: string, used: readonly string[]): string {
  for (let attempt = 0; ; attempt++) {
    const hex = createHash("sha256").update(`${name} ${attempt}`).digest("hex");
    const prefix = `fd${hex.slice(0, 2)}:${groups(hex.slice(2, 14))}`;
    if (!used.some((text) => text.startsWith(`${prefix}:`))) return `${prefix}::/64`;
  }
}

interface Ipv4Range {
  readonly first: number;
  readonly last: number;
}

function parseIpv4(text: string): Ipv4Range | undefined {
  const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)(?:\/(\d+))?$/u.exec(text);
  if (match === null) return undefined;
  const [a = 0, b = 0, c = 0, d = 0] = match.slice(1, 5).map(Number);
  const size = 2 ** (32 - Number(match[5] ?? 32));
  const address = a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d;
  const first = address - (address % size);
  return { first, last: first + size - 1 };
}

function showIpv4(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");
}

/** Groups of four digits without leading zeros, as `ip` prints them. */
function groups(hex: string): string {
  return (hex.match(/.{4}/gu) ?? []).map((group) => group.replace(/^0{1,3}/u, "")).join(":");
}
