import { HostError } from "../errors.ts";
import { runOrThrow, type RunOptions } from "./run.ts";

/** One network interface with its addresses, as `ip -j -d addr` tells it. */
export interface Link {
  readonly ifname: string;
  readonly ifindex: number;
  /** The number of its other end, or of what it is made on; of an interface in another namespace where `link_netnsid` is there. */
  readonly link_index?: number;
  /** The bridge or bond that it is a port of. */
  readonly master?: string;
  readonly mtu: number;
  /** Its hardware address. */
  readonly address?: string;
  readonly linkinfo?: { readonly info_kind?: string };
  readonly operstate: string;
  readonly flags: readonly string[];
  readonly addr_info: readonly {
    readonly family: "inet" | "inet6";
    readonly local: string;
    readonly prefixlen: number;
  }[];
}

/** One route, as `ip -j route` tells it; `dst` is `default` or a network. */
export interface Route {
  readonly dst: string;
  readonly dev?: string;
}

/** The interfaces of this process's network namespace. @throws {HostError} @see ip-address(8) */
export async function links(options: RunOptions = {}): Promise<readonly Link[]> {
  return json(await runOrThrow("ip", ["-j", "-d", "addr"], options));
}

/**
 * The interfaces of another network namespace: one process for it.
 *
 * @param netns a file that shows it, such as a pin
 * @throws {HostError} without CAP_SYS_ADMIN, or when there is no nsenter(1) or no ip(8)
 * @see nsenter(1)
 */
export async function linksIn(netns: string, options: RunOptions = {}): Promise<readonly Link[]> {
  return json(await runOrThrow("nsenter", [`--net=${netns}`, "--", "ip", "-j", "-d", "addr"], options));
}

/** Every route of this process's network namespace, in all tables, of both families. @throws {HostError} @see ip-route(8) */
export async function routes(options: RunOptions = {}): Promise<readonly Route[]> {
  const [four, six] = await Promise.all([
    runOrThrow("ip", ["-j", "-4", "route", "show", "table", "all"], options),
    runOrThrow("ip", ["-j", "-6", "route", "show", "table", "all"], options),
  ]);
  return [...json<Route>(four), ...json<Route>(six)];
}

/** A route that the kernel takes to an address, as `ip -j route get` tells it. */
export interface RouteTaken {
  readonly dst: string;
  readonly gateway?: string;
  readonly dev?: string;
  readonly prefsrc?: string;
}

/** The way that this process's network namespace takes to an address. @throws {HostError} @see ip-route(8) */
export async function routeTo(address: string, options: RunOptions = {}): Promise<RouteTaken | undefined> {
  return json<RouteTaken>(await runOrThrow("ip", ["-j", "route", "get", address], options))[0];
}

/** `ip -j` prints nothing at all where there is nothing to print. */
function json<Item>(text: string): readonly Item[] {
  if (text.trim() === "") return [];
  try {
    return JSON.parse(text) as readonly Item[];
  } catch (error) {
    throw new HostError("ip printed something that is not JSON", {
      cause: error,
      hint: "crikit needs iproute2 4.13 or newer",
    });
  }
}
