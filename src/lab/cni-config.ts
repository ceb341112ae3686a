/** A lab's own pod network. */
export interface LabNetwork {
  /** Unique on this machine: CNI's iptables comments and cache files carry it. */
  readonly name: string;
  /** The bridge's name, 15 bytes at most (IFNAMSIZ). */
  readonly bridge: string;
  /** One subnet an address family, such as `10.224.0.0/22` and `fd43:5249:4b49:1::/64`. */
  readonly subnets: readonly string[];
}

/**
 * The CNI configuration list of a lab: a bridge of its own, addresses from a store inside the lab, host ports.
 *
 * @param ipamDir where host-local keeps its leases: its default is one for the whole machine
 * @see CNI spec 0.4.0, network configuration lists
 */
export function cniConfig(network: LabNetwork, ipamDir: string): unknown {
  return {
    // What every CNI plugin from 0.8 to today speaks, and containerd 1.6 to 2.x as well.
    cniVersion: "0.4.0",
    name: network.name,
    plugins: [
      {
        type: "bridge",
        bridge: network.bridge,
        isGateway: true,
        ipMasq: true,
        // A pod reaches itself by its own host port, and the plugin leaves out the second of IPv6 address detection.
        hairpinMode: true,
        ipam: {
          type: "host-local",
          dataDir: ipamDir,
          ranges: network.subnets.map((subnet) => [{ subnet }]),
          routes: network.subnets.map((subnet) => ({ dst: subnet.includes(":") ? "::/0" : "0.0.0.0/0" })),
        },
      },
      { type: "portmap", capabilities: { portMappings: true }, snat: true },
    ],
  };
}

/** The plugins that {@link cniConfig} needs; loopback is run by containerd for every pod. */
export const neededPlugins = ["bridge", "host-local", "portmap", "loopback"] as const;
