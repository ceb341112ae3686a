import type { ServerWritableStream } from "@grpc/grpc-js";
import { beforeEach, expect, test, vi } from "vitest";
import { dial } from "../../../src/cri/connect.ts";
import { ContainerEventType, ContainerState } from "../../../src/cri/messages.ts";
import { type Gap, watchEvents } from "../../../src/events/watch-events.ts";
import { FakeRuntime, SocketFolder } from "../rpc/fake-runtime.ts";

/** Pauses that are under way: each ends when a test ends it. */
const pauses = vi.hoisted(() => [] as (() => void)[]);
vi.mock("node:timers/promises", async (original) => ({
  ...(await original<object>()),
  setTimeout: async (_: number, value: unknown, { signal }: { readonly signal: AbortSignal }) =>
    new Promise((resolve, reject) => {
      const giveUp = (): void => reject(signal.reason as Error);
      pauses.push(() => {
        signal.removeEventListener("abort", giveUp);
        resolve(value);
      });
      signal.addEventListener("abort", giveUp);
    }),
}));
beforeEach(() => void pauses.splice(0));

/** Waits for what has to happen, however slow the machine is. */
const until = (isSo: () => boolean | Promise<boolean>): Promise<boolean> =>
  vi.waitUntil(isSo, { timeout: 20_000, interval: 5 });

async function endPause(): Promise<void> {
  await until(() => pauses.length > 0);
  pauses.shift()?.();
}

type Stream = ServerWritableStream<never, unknown>;
const nothing = {
  listPodSandbox: (_: unknown, done: (error: null, answer: object) => void) => done(null, { items: [] }),
  listContainers: (_: unknown, done: (error: null, answer: object) => void) => done(null, { containers: [] }),
};

test("a runtime that ends its events in good order is lost and back, as one that is torn away", async () => {
  using folder = new SocketFolder();
  let streams = 0;
  await using _runtime = await FakeRuntime.listen(folder.socket(), {
    ...nothing,
    getContainerEvents: (call: Stream) => void (streams++ === 0 && call.end()),
  });
  await using line = await dial(`unix://${folder.socket()}`);
  const gaps: Gap["is"][] = [];
  const end = new AbortController();
  const events = watchEvents(line, { signal: end.signal, now: () => 0n, onGap: ({ is }) => gaps.push(is) });
  const next = events.next();
  await until(async () => {
    await endPause();
    return gaps.includes("back");
  });
  end.abort();
  expect(await next).toEqual({ done: true, value: undefined });
  expect(gaps).toEqual(["lost", "back"]);
});

test("looks do not pile up before somebody who takes no event for long", async () => {
  using folder = new SocketFolder();
  const streams: Stream[] = [];
  await using runtime = await FakeRuntime.listen(folder.socket(), {
    ...nothing,
    getContainerEvents: (call: Stream) => void streams.push(call),
  });
  const tell = (containerId: string): void => {
    streams[0]?.write({ containerId, podSandboxStatus: { id: containerId, metadata: { name: containerId } } });
  };
  await using line = await dial(`unix://${folder.socket()}`);
  const end = new AbortController();
  const events = watchEvents(line, { signal: end.signal, now: () => 0n });
  const first = events.next();
  await until(() => streams.length > 0);
  tell("a");
  expect(await first).toMatchObject({ value: { id: "a" } });
  for (let look = 0; look < 20; look++) await endPause();
  const looks = (): number => runtime.calls.filter((name) => name === "ListContainers").length;
  const before = looks();
  tell("b");
  expect(await events.next()).toMatchObject({ value: { id: "b" } });
  expect(looks() - before).toBeLessThanOrEqual(2); // one that waited, and one that has come since
  end.abort();
  await events.return(undefined);
});

test("what is told already goes before what a look finds: it knows when it was, and how it ended", async () => {
  using folder = new SocketFolder();
  const streams: Stream[] = [];
  let state: ContainerState = ContainerState.CONTAINER_RUNNING;
  const app = { id: "app", metadata: { name: "app" } };
  await using _runtime = await FakeRuntime.listen(folder.socket(), {
    ...nothing,
    listContainers: (_: unknown, done: (error: null, answer: object) => void) =>
      done(null, { containers: [{ ...app, podSandboxId: "pod", state, image: { image: "x" }, imageRef: "x" }] }),
    getContainerEvents: (call: Stream) => void streams.push(call),
  });
  await using line = await dial(`unix://${folder.socket()}`);
  const end = new AbortController();
  const events = watchEvents(line, { signal: end.signal, now: () => 9n });
  const first = events.next();
  await until(() => streams.length > 0);
  streams[0]?.write({ containerId: "other", podSandboxStatus: { id: "other", metadata: { name: "other" } } });
  expect(await first).toMatchObject({ value: { id: "other" } });
  await endPause();
  state = ContainerState.CONTAINER_EXITED;
  streams[0]?.write({
    containerId: "app",
    containerEventType: ContainerEventType.CONTAINER_STOPPED_EVENT,
    createdAt: 5n,
    containersStatuses: [{ ...app, exitCode: 7 }],
  });
  await line.runtime.version({}); // its answer comes behind the event
  await new Promise((resolve) => void setImmediate(resolve));
  expect(await events.next()).toMatchObject({ value: { kind: "stopped", atNs: 5n, exitCode: 7, source: "cri" } });
  end.abort();
  expect(await events.next()).toMatchObject({ done: true });
});
