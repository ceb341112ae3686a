import { expect, test } from "vitest";
import { interfacesOfProcfs, ipv4Of, ipv6Of, routesOfProcfs } from "../../../src/netns/procfs.ts";
import { parseSockets } from "../../../src/netns/sockets.ts";

const route = `Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
eth0	00000000	0114E00A	0003	0	0	0	00000000	0	0	0
eth0	0014E00A	00000000	0001	0	0	0	00FCFFFF	0	0	0
`;
const dev = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:       0       0    0    0    0     0          0         0        0       0    0    0    0     0       0          0
  eth0:    1096      12    0    0    0     0          0         0      816      10    0    0    0     0       0          0
`;
const fibTrie = `Main:
  +-- 0.0.0.0/0 3 0 5
     |-- 0.0.0.0
        /0 universe UNICAST
     +-- 10.224.20.0/22 2 0 2
        |-- 10.224.20.0
           /22 link UNICAST
        |-- 10.224.20.2
           /32 host LOCAL
     |-- 127.0.0.1
        /32 host LOCAL
`;
const inet6 = `00000000000000000000000000000001 01 80 10 80       lo
fd4700fae0e4a4190000000000000002 02 40 00 80     eth0
`;

test("interfaces have the addresses that the tables of routes place there", () => {
  const files = new Map(Object.entries({ dev, fib_trie: fibTrie, route, if_inet6: inet6 }));
  expect(interfacesOfProcfs(files)).toEqual([
    {
      ifname: "lo",
      addr_info: [
        { family: "inet", local: "127.0.0.1" },
        { family: "inet6", local: "::1", prefixlen: 128 },
      ],
    },
    {
      ifname: "eth0",
      addr_info: [
        { family: "inet", local: "10.224.20.2" },
        { family: "inet6", local: "fd47:fa:e0e4:a419::2", prefixlen: 64 },
      ],
    },
  ]);
  expect(routesOfProcfs(files)).toEqual([
    { dst: "default", gateway: "10.224.20.1", dev: "eth0" },
    { dst: "10.224.20.0/22", dev: "eth0" },
  ]);
});

test("a kernel without a file shows nothing, and is no failure", () => {
  expect(interfacesOfProcfs(new Map())).toEqual([]);
  expect(routesOfProcfs(new Map([["route", ""]]))).toEqual([]);
  expect(parseSockets(new Map())).toEqual([]);
});

test("addresses are in this machine's order of bytes", () => {
  expect(ipv4Of("0100007F")).toBe("127.0.0.1");
  expect(ipv6Of("fe8000000000000010a425fffe310b68")).toBe("fe80::10a4:25ff:fe31:b68");
});

test("sockets have ss's words for their states, and a wildcard address", () => {
  const head = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
  const line = (local: string, remote: string, state: string): string =>
    `   0: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000     0        0 4711 1 0 100 0 0 10 0\n`;
  const zeros = "0".repeat(32);
  const files = new Map([
    ["tcp", `${head}${line("0100007F:1F90", "00000000:0000", "0A")}${line("0214E00A:1F90", "0114E00A:C350", "01")}`],
    ["tcp6", `${head}${line(`${zeros}:0050`, `${zeros}:0000`, "0A")}`],
    ["udp", `${head}${line("00000000:0035", "00000000:0000", "07")}`],
  ]);
  expect(
    parseSockets(files).map(({ protocol, state, localAddress, localPort, remoteAddress, remotePort, inode }) =>
      [protocol, state, localAddress, localPort, remoteAddress, remotePort, inode].join(" "),
    ),
  ).toEqual([
    "tcp LISTEN 127.0.0.1 8080 0.0.0.0 0 4711",
    "tcp ESTAB 10.224.20.2 8080 10.224.20.1 50000 4711",
    "tcp6 LISTEN :: 80 :: 0 4711",
    "udp UNCONN 0.0.0.0 53 0.0.0.0 0 4711",
  ]);
});
