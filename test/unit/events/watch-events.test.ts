import type { ServerWritableStream } from "@grpc/grpc-js";
import { beforeEach, expect, test, vi } from "vitest";
import { dial } from "../../../src/cri/connect.ts";
import { type Gap, watchEvents } from "../../../src/events/watch-events.ts";
import { FakeRuntime, SocketFolder } from "../rpc/fake-runtime.ts";

/** Pauses that are under way: each ends when a test ends it. */
const pauses = vi.hoisted(() => [] as (() => void)[]);
vi.mock("node:timers/promises", async (original) => ({
  ...(await original<object>()),
  setTimeout: async (_: number, value: unknown, { signal }: { readonly signal: AbortSignal }) =>
    new Promise((resolve, reject) => {
      pauses.push(() => resolve(value));
      signal.addEventListener("abort", () => reject(signal.reason as Error));
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
