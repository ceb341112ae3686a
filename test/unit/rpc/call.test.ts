import { setTimeout as sleep } from "node:timers/promises";
import type { handleServerStreamingCall, handleUnaryCall, ServerUnaryCall, ServerWritableStream } from "@grpc/grpc-js";
import { expect, test } from "vitest";
import { connect, type Connection } from "../../../src/cri/connect.ts";
import type { CallRecord } from "../../../src/rpc/call.ts";
import { FakeRuntime, SocketFolder } from "./fake-runtime.ts";

type Unary = handleUnaryCall<never, unknown>;
type Stream = handleServerStreamingCall<never, unknown>;

/** A connection to a fake with these handlers, for the length of a test. */
async function withFake(
  handlers: Readonly<Record<string, Unary | Stream>>,
  use: (connection: Connection, fake: FakeRuntime) => Promise<void>,
  options: Parameters<typeof connect>[1] = {},
): Promise<void> {
  using folder = new SocketFolder();
  await using fake = await FakeRuntime.listen(folder.socket(), handlers as Record<string, Unary>);
  await using connection = await connect(folder.socket(), options);
  fake.calls.length = 0;
  await use(connection, fake);
}

const hang: Unary = () => undefined;

test.each([
  [5, "not-found"],
  [6, "already-exists"],
  [2, "runtime-failed"],
  [9, "runtime-failed"],
  [14, "runtime-failed"],
  [4, "deadline-exceeded"],
])("status %i is the error %s, with the RPC, the endpoint and the runtime's words", async (code, expected) => {
  const status: Unary = (_, done) => done({ code, details: "the runtime's words" });
  await withFake({ status }, async ({ runtime, endpoint }) => {
    await expect(runtime.status({})).rejects.toMatchObject({
      code: expected,
      rpc: "Status",
      endpoint,
      message: expect.stringContaining("the runtime's words"),
      cause: expect.anything(),
    });
  });
});

test("an RPC that is not implemented names the runtime and its version, and asks for that once", async () => {
  await withFake({}, async ({ runtime }, { calls }) => {
    await expect(runtime.runtimeConfig({})).rejects.toMatchObject({
      code: "unimplemented",
      message: expect.stringMatching(/^fake 9\.9 on .* does not implement RuntimeConfig$/u),
    });
    expect(calls).toEqual(["Version"]);
  });
});

test("so does a stream that is not implemented", async () => {
  await withFake({}, async ({ runtime }, { calls }) => {
    const reading = (async () => {
      for await (const _ of runtime.getContainerEvents({})) continue;
    })();
    await expect(reading).rejects.toMatchObject({
      message: expect.stringMatching(/^fake 9\.9 .* GetContainerEvents$/u),
    });
    expect(calls).toEqual(["Version"]);
  });
});

test("a deadline is told to the runtime, and kept here when the runtime does not", async () => {
  let told: unknown;
  const status: Unary = (call: ServerUnaryCall<never, unknown>) => (told = call.getDeadline());
  await withFake({ status }, async ({ runtime }) => {
    const before = Date.now();
    await expect(runtime.status({}, { timeoutMs: 150 })).rejects.toMatchObject({
      code: "deadline-exceeded",
      message: expect.stringContaining("150 ms"),
    });
    expect(Number(told)).toBeGreaterThan(before);
    expect(Number(told)).toBeLessThan(before + 60_000);
  });
});

test("a call that is cancelled rejects with the caller's reason as its cause, and the runtime learns of it", async () => {
  let cancelled = false;
  const status: Unary = (call: ServerUnaryCall<never, unknown>) => void call.on("cancelled", () => (cancelled = true));
  await withFake({ status }, async ({ runtime }) => {
    const reason = new Error("changed my mind");
    const giveUp = new AbortController();
    const call = runtime.status({}, { signal: giveUp.signal });
    await sleep(20);
    giveUp.abort(reason);
    await expect(call).rejects.toMatchObject({ code: "cancelled", cause: reason });
    while (!cancelled) await sleep(5);
  });
});

test("a signal that has fired already sends nothing", async () => {
  await withFake({}, async ({ runtime }, { calls }) => {
    await expect(runtime.status({}, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "cancelled" });
    expect(calls).toEqual([]);
  });
});

test("a thousand calls on one signal leave no listener on it", async () => {
  const status: Unary = (_, done) => done(null, {});
  await withFake({ status }, async ({ runtime }) => {
    const { signal } = new AbortController();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => (listeners++, add(...args));
    signal.removeEventListener = (...args: Parameters<typeof remove>) => (listeners--, remove(...args));
    for (let at = 0; at < 1_000; at++) await runtime.status({}, { signal });
    expect(listeners).toBe(0);
  });
});

test("a runtime that dies in the middle of a call is a lost connection, not an answer", async () => {
  await withFake({ status: hang }, async ({ runtime }, { server }) => {
    const call = runtime.status({});
    await sleep(50);
    server.forceShutdown();
    await expect(call).rejects.toMatchObject({ code: "connection-lost" });
  });
});

test("a runtime that says UNAVAILABLE has answered: the connection did not break", async () => {
  const podSandboxStats: Unary = (_, done) => done({ code: 14, details: "the sandbox has no task" } as never);
  await withFake({ podSandboxStats }, async ({ runtime }) => {
    await expect(runtime.podSandboxStats({ podSandboxId: "a" })).rejects.toMatchObject({
      code: "runtime-failed",
      status: "UNAVAILABLE",
      message: expect.stringContaining("the sandbox has no task"),
    });
  });
});

test("an answer over the limit says how to have it, instead of a dump", async () => {
  const listImages: Unary = (_, done) => done(null, { images: [{ id: "x".repeat(2_000_000) }] });
  await withFake(
    { listImages },
    async ({ image }) => {
      await expect(image.listImages({})).rejects.toMatchObject({
        code: "runtime-failed",
        hint: expect.stringContaining("1000000 bytes"),
      });
    },
    { receiveLimitBytes: 1_000_000 },
  );
});

test("an answer of 15 MiB comes through", async () => {
  const listImages: Unary = (_, done) => done(null, { images: [{ id: "x".repeat(15 * 1024 * 1024) }] });
  await withFake({ listImages }, async ({ image }) => {
    expect((await image.listImages({})).images[0]?.id).toHaveLength(15 * 1024 * 1024);
  });
});

/** More than the limit of the tests that use it. */
const tooLarge: Unary = (_, done) => done(null, { items: [{ id: "x".repeat(2_000_000) }] });
const smallLimit = { receiveLimitBytes: 1_000_000 };

test("a list that is too large for one answer comes in portions where there are any, however many, and the next one at once", async () => {
  const streamPodSandboxes: Stream = (call: ServerWritableStream<never, unknown>) => {
    for (let at = 0; at < 500; at++) call.write({ podSandboxes: [{ id: `pod-${at}` }] });
    call.end();
  };
  await withFake(
    { listPodSandbox: tooLarge, streamPodSandboxes },
    async ({ runtime }, { calls }) => {
      const { items } = await runtime.listPodSandbox({});
      expect(items.map(({ id }) => id)).toEqual(Array.from({ length: 500 }, (_, at) => `pod-${at}`));
      await runtime.listPodSandbox({});
      expect(calls).toEqual(["ListPodSandbox", "StreamPodSandboxes", "StreamPodSandboxes"]);
    },
    smallLimit,
  );
});

test("a list that is not too large takes one call", async () => {
  const listContainers: Unary = (_, done) => done(null, { containers: [{ id: "a" }] });
  await withFake({ listContainers }, async ({ runtime }, { calls }) => {
    for (let at = 0; at < 3; at++) expect((await runtime.listContainers({})).containers).toHaveLength(1);
    expect(calls).toEqual(["ListContainers", "ListContainers", "ListContainers"]);
  });
});

test("without portions, a list that is too large says so", async () => {
  await withFake(
    { listPodSandbox: tooLarge },
    async ({ runtime }) => {
      await expect(runtime.listPodSandbox({})).rejects.toMatchObject({
        code: "runtime-failed",
        message: expect.stringContaining("too many to take"),
      });
    },
    smallLimit,
  );
});

test("a streamed list that breaks off in the middle is a failure, never half a list", async () => {
  const streamPodSandboxes: Stream = (call: ServerWritableStream<never, unknown>) => {
    call.write({ podSandboxes: [{ id: "one" }] });
    call.emit("error", { code: 2, details: "broke" });
  };
  await withFake(
    { listPodSandbox: tooLarge, streamPodSandboxes },
    async ({ runtime }) => {
      await expect(runtime.listPodSandbox({})).rejects.toMatchObject({
        code: "runtime-failed",
        message: expect.stringContaining("broke"),
      });
    },
    smallLimit,
  );
});

test("a stream has started before anybody reads it", async () => {
  let started = false;
  const getContainerEvents: Stream = () => void (started = true);
  await withFake({ getContainerEvents }, async ({ runtime }) => {
    await using events = runtime.getContainerEvents({});
    await events.ready;
    while (!started) await sleep(5);
    expect(started).toBe(true);
  });
});

test("a stream that fails before it is read tells its reader so, after what had come", async () => {
  const getContainerEvents: Stream = (call: ServerWritableStream<never, unknown>) => {
    call.write({ containerId: "a" });
    call.write({ containerId: "b" });
    call.emit("error", { code: 2, details: "broke" });
  };
  await withFake({ getContainerEvents }, async ({ runtime }) => {
    const events = runtime.getContainerEvents({});
    await sleep(100);
    const seen: string[] = [];
    const reading = (async () => {
      for await (const { containerId } of events) seen.push(containerId);
    })();
    await expect(reading).rejects.toMatchObject({ code: "runtime-failed" });
    expect(seen).toEqual(["a", "b"]);
  });
});

test.each(["leaving the loop", "aborting its signal", "disposing of it"])(
  "%s ends a stream at the runtime",
  async (how) => {
    let started = false;
    let cancelled = false;
    const getContainerEvents: Stream = (call: ServerWritableStream<never, unknown>) => {
      started = true;
      call.on("cancelled", () => (cancelled = true));
      call.write({ containerId: "a" });
    };
    await withFake({ getContainerEvents }, async ({ runtime }) => {
      const giveUp = new AbortController();
      const events = runtime.getContainerEvents({}, { signal: giveUp.signal });
      if (how === "disposing of it") {
        while (!started) await sleep(5);
        await events[Symbol.asyncDispose]();
      } else {
        const reading = (async () => {
          for await (const _ of events) {
            if (how === "leaving the loop") break;
            giveUp.abort();
          }
        })();
        if (how === "leaving the loop") await reading;
        else await expect(reading).rejects.toMatchObject({ code: "cancelled" });
      }
      while (!cancelled) await sleep(5);
    });
  },
);

test("an answer without what CRI requires is refused where it arrives", async () => {
  const status = { id: "a", metadata: { name: "n", namespace: "" }, createdAt: 1n };
  await withFake({ podSandboxStatus: (_, done) => done(null, { status }) }, async ({ runtime }) => {
    await expect(runtime.podSandboxStatus({ podSandboxId: "a" })).rejects.toMatchObject({
      code: "malformed-answer",
      message: expect.stringContaining("status.metadata.namespace"),
    });
  });
});

test("an observer is told of every call once, with what was sent and what came", async () => {
  const records: CallRecord[] = [];
  await withFake(
    { status: (_, done) => done(null, { info: { a: "b" } }) },
    async ({ runtime }) => {
      records.length = 0;
      await runtime.status({ verbose: true });
      await runtime.runtimeConfig({}).catch(() => undefined);
      expect(records.map(({ rpc }) => rpc)).toEqual(["Status", "RuntimeConfig", "Version"]);
      expect(records[0]).toMatchObject({ request: { verbose: true }, response: { info: { a: "b" } } });
      expect(records[1]).toMatchObject({ error: { code: "unimplemented" } });
    },
    { onCall: (record) => records.push(record) },
  );
});

test("the grace period of StopContainer and the timeout of ExecSync are added to what each may take", async () => {
  const { runtimeDeadlines } = await import("../../../src/cri/deadlines.ts");
  const stop = runtimeDeadlines.stopContainer as (request: { timeout: bigint }) => number;
  const exec = runtimeDeadlines.execSync as (request: { timeout: bigint }) => number;
  expect(stop({ timeout: 300n }) - stop({ timeout: 0n })).toBe(300_000);
  expect(exec({ timeout: 0n })).toBe(Infinity);
  expect(exec({ timeout: 5n })).toBeGreaterThan(5_000);
});
