import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { connect, createServer, type AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
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

test("a client that has gone before its connection is through leaves none open to the pod", async () => {
  const server = createHttpServer();
  const opened: Duplex[] = [];
  server.on("upgrade", (_request, socket) => {
    opened.push(socket.resume());
    socket.on("error", () => undefined).on("end", () => socket.destroy());
    socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n");
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  let asked = (): void => undefined;
  let answer = (): void => undefined;
  const whenAsked = new Promise<void>((resolve) => (asked = resolve));
  const whenAnswered = new Promise<void>((resolve) => (answer = resolve));
  const slow = {
    endpoint: line.endpoint,
    runtime: {
      ...line.runtime,
      portForward: async () => {
        asked();
        await whenAnswered;
        return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token` };
      },
    },
  } as unknown as Line;
  const failed: unknown[] = [];
  await using forward = await portForward(slow, "pod", {
    ports: [{ local: 0, remote: 80, addresses: ["127.0.0.1"] }],
    onEvent: (event) => (event.kind === "failed" ? failed.push(event.error) : undefined),
  });
  const client = connect(forward.ports[0]?.local ?? 0, "127.0.0.1");
  await Promise.all([once(client, "connect"), whenAsked]);
  client.resetAndDestroy();
  await sleep(50);
  answer();
  const until = performance.now() + 5_000;
  while ((opened[0]?.destroyed ?? false) === false && performance.now() < until) await sleep(10);
  expect(opened.map(({ destroyed }) => destroyed)).toEqual([true]);
  expect(failed).toEqual([]);
  server.close();
});
