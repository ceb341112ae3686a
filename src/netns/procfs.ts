import { canonicalAddress, parseFibTrie } from "../linux/local-addresses.ts";
import type { NetnsInterface, NetnsRoute } from "./inside.ts";

/** The text of files of `/proc/net`, by name. */
export type ProcNet = ReadonlyMap<string, string>;

/** The interfaces that `dev`, `fib_trie`, `route` and `if_inet6` show. @see proc_pid_net(5) */
export function interfacesOfProcfs(files: ProcNet): readonly NetnsInterface[] {
  const names = linesOf(files, "dev").flatMap((line) => /^\s*(\S+):/u.exec(line)?.[1] ?? []);
  const six = linesOf(files, "if_inet6").map((line) => line.trim().split(/\s+/u));
  const networks = routesOfProcfs(new Map([["route", files.get("route") ?? ""]]));
  const four = parseFibTrie(files.get("fib_trie") ?? "");
  return names.map((ifname) => ({
    ifname,
    addr_info: [
      ...four
        .filter(
          (address) => ifname === (deviceOf(address, networks) ?? (address.startsWith("127.") ? "lo" : undefined)),
        )
        .map((local) => ({ family: "inet" as const, local })),
      ...six
        .filter(([, , , , , name]) => name === ifname)
        .map(([address = "", , prefix = "0"]) => ({
          family: "inet6" as const,
          local: ipv6Of(address),
          prefixlen: Number.parseInt(prefix, 16),
        })),
    ],
  }));
}

/** The routes that `route` and `ipv6_route` show; those of the loopback and of the kernel's own tables are left out, as ip(8) does. */
export function routesOfProcfs(files: ProcNet): readonly NetnsRoute[] {
  const four = linesOf(files, "route")
    .slice(1)
    .map((line) => line.trim().split(/\s+/u))
    .map(([dev = "", dst = "", gateway = "", , , , , mask = ""]) =>
      routeOf(dev, ipv4Of(dst), { gateway: ipv4Of(gateway), bits: bitsOf(mask) }),
    );
  const six = linesOf(files, "ipv6_route")
    .map((line) => line.trim().split(/\s+/u))
    // Local and anycast routes are of the table `local`, which ip(8) does not show.
    .filter((fields) => (Number.parseInt(fields[8] ?? "0", 16) & localFlags) === 0 && fields[9] !== "lo")
    .map(([dst = "", bits = "0", , , gateway = "", , , , , dev = ""]) =>
      routeOf(dev, ipv6Of(dst), { gateway: ipv6Of(gateway), bits: Number.parseInt(bits, 16) }),
    )
    .filter(({ dst }) => dst !== "ff00::/8");
  return [...four, ...six];
}

/** `RTF_LOCAL | RTF_ANYCAST` of linux/ipv6_route.h. */
const localFlags = 0x80000000 | 0x00100000;

function routeOf(
  dev: string,
  network: string,
  { gateway, bits }: { readonly gateway: string; readonly bits: number },
): NetnsRoute {
  const dst = bits === 0 ? "default" : `${network}/${bits}`;
  return gateway === "0.0.0.0" || gateway === "::" ? { dst, dev } : { dst, gateway, dev };
}

/** The interface whose network an address is in: the narrowest one. */
function deviceOf(address: string, networks: readonly NetnsRoute[]): string | undefined {
  const own = numberOf(address);
  return networks
    .flatMap(({ dst, dev, gateway }) => {
      const [network = "", bits = "0"] = dst.split("/");
      const shift = 32n - BigInt(bits);
      const fits = dst !== "default" && gateway === undefined && own >> shift === numberOf(network) >> shift;
      return fits ? [{ dev, bits: Number(bits) }] : [];
    })
    .toSorted((a, b) => b.bits - a.bits)[0]?.dev;
}

function numberOf(address: string): bigint {
  return address.split(".").reduce((sum, part) => sum * 256n + BigInt(part), 0n);
}

/** An IPv4 address as procfs writes it: a 32-bit number of this machine's byte order, in hexadecimal. */
export function ipv4Of(hex: string): string {
  return (hex.match(/../gu) ?? [])
    .toReversed()
    .map((byte) => Number.parseInt(byte, 16))
    .join(".");
}

/** 32 hexadecimal digits as an IPv6 address. @see RFC 5952 */
export function ipv6Of(hex: string): string {
  return canonicalAddress((hex.match(/.{4}/gu) ?? []).join(":"));
}

function bitsOf(mask: string): number {
  return (
    ipv4Of(mask)
      .split(".")
      .map((byte) => Number(byte).toString(2))
      .join("")
      .match(/1/gu) ?? []
  ).length;
}

function linesOf(files: ProcNet, name: string): readonly string[] {
  return (files.get(name) ?? "").split("\n").filter((line) => line.trim() !== "");
}
