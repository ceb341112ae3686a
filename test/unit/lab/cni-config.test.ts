import { expect, test } from "vitest";
import { cniConfig } from "../../../src/lab/cni-config.ts";

const network = { name: "crikit-a", bridge: "crk-1", subnets: ["10.224.0.0/22", "fd00:1:2:3::/64"] };

test("pods get an address of each subnet from a store inside the lab, and a way out for each family", () => {
  expect(cniConfig(network, "/lab/ipam")).toMatchObject({
    name: "crikit-a",
    plugins: [
      {
        type: "bridge",
        bridge: "crk-1",
        ipam: {
          dataDir: "/lab/ipam",
          ranges: [[{ subnet: "10.224.0.0/22" }], [{ subnet: "fd00:1:2:3::/64" }]],
          routes: [{ dst: "0.0.0.0/0" }, { dst: "::/0" }],
        },
      },
      { type: "portmap" },
    ],
  });
});

test("without IPv6 there is no IPv6 route", () => {
  const text = JSON.stringify(cniConfig({ ...network, subnets: ["10.224.0.0/22"] }, "/lab/ipam"));
  expect(text).not.toContain("::");
});
