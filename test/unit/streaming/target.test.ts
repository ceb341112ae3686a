import { networkInterfaces } from "node:os";
import { expect, test } from "vitest";
import { streamingTarget } from "../../../src/streaming/target.ts";

const here = "unix:///run/containerd/containerd.sock";
const own = Object.values(networkInterfaces())
  .flatMap((list = []) => list)
  .find(({ internal, family }) => !internal && family === "IPv4")?.address;

const ofThisMachine: readonly (readonly [string, string, number])[] = [
  ["http://127.0.0.1:40001/exec/t0ken", "127.0.0.1", 40_001],
  ["http://127.1.2.3:1/x", "127.1.2.3", 1],
  ["http://[::1]:40001/x", "::1", 40_001],
  ["http://0.0.0.0:40001/x", "127.0.0.1", 40_001],
  ["http://[::]:40001/x", "127.0.0.1", 40_001],
  ["http://:40001/x", "127.0.0.1", 40_001],
  ...(own === undefined ? [] : [[`http://${own}:40001/x`, own, 40_001] as const]),
];

test.each(ofThisMachine)("a runtime of this machine may send us to %s", async (url, address, port) => {
  expect(await streamingTarget(url, here, {})).toMatchObject({ address, port });
});

test.each(["http://192.0.2.1:80/exec/t0ken", "http://[2001:db8::1]:80/exec/t0ken", "https://192.0.2.7/exec/t0ken"])(
  "a runtime of this machine may not send us to %s",
  async (url) => {
    const sent = streamingTarget(url, here, {});
    await expect(sent).rejects.toMatchObject({
      code: "untrusted",
      hint: expect.stringContaining("--allow-other-host"),
    });
    await expect(sent).rejects.not.toThrow(/t0ken/u);
    expect(await streamingTarget(url, here, { allowOtherHost: true })).toMatchObject({ url: new URL(url) });
  },
);

test("a runtime elsewhere may send us to its own address and no other, not to ours either", async () => {
  const there = "tcp://192.0.2.1:9999";
  expect(await streamingTarget("http://192.0.2.1:1/x", there, {})).toMatchObject({ address: "192.0.2.1" });
  expect(await streamingTarget("http://0.0.0.0:1/x", there, {})).toMatchObject({ address: "192.0.2.1" });
  await expect(streamingTarget("http://127.0.0.1:1/x", there, {})).rejects.toMatchObject({ code: "untrusted" });
  await expect(streamingTarget("http://192.0.2.2:1/x", there, {})).rejects.toMatchObject({ code: "untrusted" });
});

test.each(["ftp://127.0.0.1/x", "", "nonsense", "unix:///x", "http://"])(
  "%j is no place of a streaming server",
  async (url) => {
    await expect(streamingTarget(url, here, {})).rejects.toMatchObject({ code: "malformed-answer" });
  },
);

test("https is verified by its host's name, or by the one that is given", async () => {
  const url = "https://127.0.0.1/x";
  expect(await streamingTarget(url, here, {})).toMatchObject({ port: 443, tls: { serverName: "127.0.0.1" } });
  expect(await streamingTarget(url, here, { serverName: "node-1" })).toMatchObject({ tls: { serverName: "node-1" } });
  expect(await streamingTarget("http://127.0.0.1/x", here, {})).not.toHaveProperty("tls");
});

test("half of a client certificate is a mistake", async () => {
  await expect(streamingTarget("https://127.0.0.1/x", here, { cert: "x" })).rejects.toMatchObject({ code: "usage" });
});
