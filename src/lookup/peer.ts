import type { Line } from "../cri/connect.ts";
import { type Link, links, linksIn, routeTo } from "../linux/ip.ts";
import { netnsOfPod } from "../netns/pod-netns.ts";
import type { CallOptions } from "../rpc/call-options.ts";

/** How a pod's network is wired to the host's. Plain data. */
export interface Peering {
  readonly pod: { readonly id: string; readonly name: string; readonly namespace: string };
  /** A file that shows the pod's network namespace. */
  readonly netns: string;
  readonly interfaces: readonly PeeredInterface[];
}

/** An interface of the pod, and what is at its other end. */
export interface PeeredInterface {
  readonly name: string;
  readonly index: number;
  /** As the kernel calls it: `veth`, `ipvlan`, `macvlan`, …; empty when it does not say. */
  readonly kind: string;
  readonly mac: string | null;
  readonly addresses: readonly string[];
  /** The host's interface at the other end; null where there is none, as for ipvlan, or none that crikit can see. */
  readonly host: { readonly name: string; readonly index: number; readonly state: string; readonly mtu: number } | null;
  /** The bridge that the host's end is a port of. */
  readonly bridge: { readonly name: string; readonly addresses: readonly string[] } | null;
  /** The way that the host takes to each of the addresses that are not link-local. */
  readonly routes: readonly HostRoute[];
}

/** A way from the host to an address of a pod. */
export interface HostRoute {
  readonly to: string;
  readonly via: string | null;
  readonly device: string | null;
  readonly source: string | null;
}

/**
 * Finds the host's end of a pod's interfaces, the bridge that it is in, and the host's routes to the pod's addresses.
 *
 * @throws {HostError} when the pod is on the host's network; without ip(8), nsenter(1) or CAP_SYS_ADMIN
 * @see ip-link(8), veth(4)
 */
export async function peer(line: Line, podId: string, options: CallOptions = {}): Promise<Peering> {
  const netns = await netnsOfPod(line, podId, options);
  const [inside, outside] = await Promise.all([linksIn(netns.path, options), links(options)]);
  const interfaces = inside.filter(({ ifname }) => ifname !== "lo");
  return {
    pod: { id: netns.podId, name: netns.podName, namespace: netns.podNamespace },
    netns: netns.path,
    interfaces: await Promise.all(interfaces.map((link) => peered(link, outside, options))),
  };
}

async function peered(link: Link, outside: readonly Link[], options: CallOptions): Promise<PeeredInterface> {
  const kind = link.linkinfo?.info_kind ?? "";
  // Both ends name each other: numbers repeat from one network namespace to the next.
  const end =
    kind === "veth"
      ? outside.find((other) => other.ifindex === link.link_index && other.link_index === link.ifindex)
      : undefined;
  const bridge = outside.find(({ ifname }) => ifname === end?.master);
  const reachable = link.addr_info.map(({ local }) => local).filter((address) => !/^fe80:|^169\.254\./u.test(address));
  const routes = await Promise.all(
    reachable.map(async (to): Promise<HostRoute> => {
      const taken = await routeTo(to, options).catch(() => undefined); // the kernel has none
      return { to, via: taken?.gateway ?? null, device: taken?.dev ?? null, source: taken?.prefsrc ?? null };
    }),
  );
  return {
    name: link.ifname,
    index: link.ifindex,
    kind,
    mac: link.address ?? null,
    addresses: addressesOf(link),
    host: end === undefined ? null : { name: end.ifname, index: end.ifindex, state: end.operstate, mtu: end.mtu },
    bridge: bridge === undefined ? null : { name: bridge.ifname, addresses: addressesOf(bridge) },
    routes,
  };
}

function addressesOf({ addr_info: addresses }: Link): readonly string[] {
  return addresses.map(({ local, prefixlen }) => `${local}/${prefixlen}`);
}
