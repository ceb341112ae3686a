import { once } from "node:events";
import { connect, createServer, type AddressInfo } from "node:net";
import { expect, test } from "vitest";
import type { Line } from "../../../src/cri/connect.ts";
import { PodSandboxState } from "../../../src/cri/messages.ts";
import { portForward } from "../../../src/streaming/port-forward.ts";

/** A runtime with a ready pod that does not get round to forwarding. */
const line = {
  endpoint: "unix:///fake.sock",
  runtime: {
    podSandboxStatus: () => Promise.resolve({ status: { state: PodSandboxState.SANDBOX_READY } }),
    portForward: (_request: unknown, { signal }: { readonly signal: AbortSignal }) =>
      new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error))),
  },
} as unknown as Line;

test("a port that is taken is told though a client has already come to another", async () => {
  const taken = createServer().listen(0, "127.0.0.1");
  const free = createServer().listen(0, "127.0.0.1");
  await Promise.all([once(taken, "listening"), once(free, "listening")]);
  const portOf = (server: typeof free): number => (server.address() as AddressInfo).port;
  const [local, busy] = [portOf(free), portOf(taken)];
  await new Promise((resolve) => free.close(resolve));
  let gone: Promise<unknown> | undefined;
  const call = (): void => {
    const client = connect(local, "127.0.0.1");
    client.on("connect", () => {
      gone = new Promise((resolve) => client.on("close", resolve));
    });
    client.on("error", () => (gone === undefined ? setImmediate(call) : undefined));
  };
  call();
  // Looking up the many names in between gives the client the time to come.
  const between = Array.from({ length: 50 }, () => ({ local: 0, remote: 80, addresses: ["localhost"] }));
  const ports = [
    { local, remote: 80, addresses: ["127.0.0.1"] },
    ...between,
    { local: busy, remote: 81, addresses: ["127.0.0.1"] },
  ];
  await expect(portForward(line, "pod", { ports })).rejects.toThrow("cannot listen on 127.0.0.1");
  expect(gone).toBeDefined();
  await gone;
  taken.close();
});
