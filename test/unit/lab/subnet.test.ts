import fc from "fast-check";
import { expect, test } from "vitest";
import { freeSubnet, freeSubnet6 } from "../../../src/lab/subnet.ts";

test("a machine that uses none of it gets the first subnet", () =>
  expect(freeSubnet(["127.0.0.1/8", "192.0.2.7/24", "default", "fe80::/64"])).toBe("10.224.0.0/22"));

test("an address inside a subnet takes it, whatever its own prefix", () => {
  expect(freeSubnet(["10.224.3.9/32"])).toBe("10.224.4.0/22");
  expect(freeSubnet(["10.224.3.9"])).toBe("10.224.4.0/22");
  expect(freeSubnet(["10.224.0.0/22", "10.224.6.1/24"])).toBe("10.224.8.0/22");
});

test("a route to all of a range sends the lab to the next one", () => {
  expect(freeSubnet(["10.0.0.0/8"])).toBe("172.16.0.0/22");
  expect(freeSubnet(["10.0.0.0/8", "172.16.0.0/12"])).toBe("192.168.0.0/22");
});

test("no range left is a failure that says where to look", () =>
  expect(() => freeSubnet(["0.0.0.0/0"])).toThrow(
    expect.objectContaining({ code: "lab-failed", hint: expect.stringContaining("ip route") }),
  ));

test("a hundred labs beside one another get a hundred subnets that do not overlap", () => {
  const subnets: string[] = [];
  for (let count = 0; count < 100; count++) subnets.push(freeSubnet(subnets));
  expect(new Set(subnets).size).toBe(100);
  expect(subnets.every((subnet) => /^10\.\d+\.\d+\.0\/22$/u.test(subnet))).toBe(true);
});

test("whatever is in use, the subnet does not hold it", () => {
  const address = fc.tuple(fc.constantFrom(10, 172, 192), fc.nat(255), fc.nat(255), fc.nat(255));
  fc.assert(
    fc.property(fc.array(address, { maxLength: 20 }), (addresses) => {
      const base =
        freeSubnet(addresses.map((parts) => parts.join(".")))
          .split("/")[0]
          ?.split(".")
          .map(Number) ?? [];
      for (const [a, b, c] of addresses) expect([a, b, c - (c % 4)]).not.toEqual(base.slice(0, 3));
    }),
  );
});

test("a lab's IPv6 subnet is a unique local /64 that only depends on its name", () => {
  expect(freeSubnet6("default", [])).toMatch(/^fd[0-9a-f]{2}(:[0-9a-f]{1,4}){3}::\/64$/u);
  expect(freeSubnet6("default", [])).toBe(freeSubnet6("default", ["2001:db8::/32"]));
  expect(freeSubnet6("default", [])).not.toBe(freeSubnet6("other", []));
});

test("an IPv6 subnet that is in use is passed over", () => {
  const first = freeSubnet6("default", []);
  expect(freeSubnet6("default", [first.replace("::/64", "::1/64")])).not.toBe(first);
});
