import { expect, test } from "vitest";
import {
  canonicalAddress,
  listens,
  localAddressesOf,
  parseFibTrie,
  parseIfInet6,
} from "../../../src/linux/local-addresses.ts";

/** Of a pod with two addresses on eth0, as the kernel prints it. */
const fibTrie = `Main:
  +-- 0.0.0.0/0 3 0 5
     |-- 0.0.0.0
        /0 universe UNICAST
     |-- 10.1.0.0
        /24 link UNICAST
Local:
  +-- 0.0.0.0/0 3 0 5
     +-- 10.1.0.0/24 2 0 2
        |-- 10.1.0.7
           /32 host LOCAL
        |-- 10.1.0.255
           /32 link BROADCAST
     +-- 127.0.0.0/8 2 0 2
        +-- 127.0.0.0/31 1 0 0
           |-- 127.0.0.0
              /8 host LOCAL
           |-- 127.0.0.1
              /32 host LOCAL
     |-- 203.0.113.1
        /32 universe UNICAST
        /32 host LOCAL
`;

test("of the routes only those to the machine itself are its addresses: no networks, no broadcast", () => {
  expect(parseFibTrie(fibTrie + fibTrie)).toEqual(["10.1.0.7", "127.0.0.1", "203.0.113.1"]);
  expect(parseFibTrie("")).toEqual([]);
});

test("IPv6 addresses come in the form that people write, with their device", () => {
  const text =
    "fd000000000000000000000000000002 04 40 00 82     eth0\n00000000000000000000000000000001 01 80 10 80       lo\n";
  expect(parseIfInet6(text)).toEqual([
    { address: "fd00::2", device: "eth0" },
    { address: "::1", device: "lo" },
  ]);
  expect(parseIfInet6("\nnonsense\n")).toEqual([]);
});

test("each address has one spelling", () => {
  expect(canonicalAddress("FD00:0:0::0002")).toBe("fd00::2");
  expect(canonicalAddress("fe80::1%eth0")).toBe("fe80::1");
  expect(canonicalAddress("::ffff:10.1.0.7")).toBe(canonicalAddress("::ffff:a01:7"));
  expect(canonicalAddress("10.1.0.7")).toBe("10.1.0.7");
  expect(canonicalAddress("none")).toBe("none");
});

test("a loopback interface that is up listens to all hosts; one that is down does not, whatever others do", () => {
  const head = "Idx\tDevice    : Count Querier\tGroup    Users Timer\tReporter\n";
  const lo = "1\tlo        :     1      V3\n";
  const eth = "2\teth0      :     1      V3\n";
  const group = "\t\t\t\t010000E0     1 0:00000000\t\t0\n";
  expect(listens(head + lo + group + eth + group, "lo")).toBe(true);
  expect(listens(head + lo + "\t\t\t\tFB0000E0     1 0:00000000\t\t0\n" + eth + group, "lo")).toBe(false);
  expect(listens(head + eth + group, "lo")).toBe(false);
});

test("this machine's own loopback is seen, and nothing of a process that is gone", async () => {
  const own = await localAddressesOf(process.pid);
  expect(own?.addresses).toContain("127.0.0.1");
  expect(await localAddressesOf(2 ** 30)).toBeUndefined();
});
