import { expect, test } from "vitest";
import { ResponseStream } from "../../../src/rpc/streams.ts";
import type { CallFailure } from "../../../src/rpc/call-failure.ts";
import type { Exchange } from "../../../src/rpc/exchange.ts";

/** A stream of bytes on an exchange that does nothing, and what is told of that. */
function streamOf(): {
  readonly stream: ResponseStream<number>;
  readonly give: (bytes: number) => void;
  readonly end: (failure?: CallFailure) => void;
  readonly start: () => void;
  readonly doings: string[];
} {
  const doings: string[] = [];
  const exchange = {
    connection: { greeted: Promise.resolve(true) },
    pause: () => doings.push("pause"),
    resume: () => doings.push("resume"),
    cancel: () => undefined,
  } as unknown as Exchange;
  let give = (_: number): void => undefined;
  let end: (failure?: CallFailure) => void = () => undefined;
  let start = (): void => undefined;
  const stream = new ResponseStream<number>(
    ({ onStart, onMessage, onEnd }) => {
      give = (bytes) => onMessage(Buffer.alloc(bytes));
      end = onEnd;
      start = () => onStart?.();
      return exchange;
    },
    {
      signal: undefined,
      decode: ({ length }) => length,
      toError: () => Promise.resolve(new Error("none")),
      explain: (error) => Promise.resolve(error),
      onEnd: () => undefined,
    },
  );
  return { stream, give, end, start, doings };
}

// The square of so many would take minutes, and the test's time would be over.
test("half a million small answers that have come are read in their order", async () => {
  const { stream, give, end } = streamOf();
  for (let at = 0; at < 500_000; at++) give(at % 7);
  end();
  let count = 0;
  let isInOrder = true;
  for await (const length of stream) isInOrder &&= length === count++ % 7;
  expect([count, isInOrder]).toEqual([500_000, true]);
});

test("a reader who takes his time lets the runtime wait, and go on when there is room, also for answers of nothing", async () => {
  const { stream, give, end, doings } = streamOf();
  for (let at = 0; at < 4; at++) give(256 * 1024 - 5);
  expect(doings).toEqual([]);
  give(0);
  expect(doings).toEqual(["pause"]);
  end();
  const lengths: number[] = [];
  for await (const length of stream) lengths.push(length);
  expect(lengths).toHaveLength(5);
  expect(doings).toEqual(["pause", "resume"]);
});

/** Whether a promise has settled, and how. */
async function stateOf(promise: Promise<void>): Promise<string> {
  const later = new Promise((resolve) => setImmediate(resolve, "waits"));
  return String(
    await Promise.race([
      promise.then(
        () => "ready",
        (error: unknown) => String(error),
      ),
      later,
    ]),
  );
}

test("a stream is ready when its request has been sent: one that waits for its turn is not", async () => {
  const { stream, start } = streamOf();
  expect(await stateOf(stream.ready)).toBe("waits");
  start();
  expect(await stateOf(stream.ready)).toBe("ready");
});

test("a stream that fails before its turn is never ready, and one that is over in order is", async () => {
  const { stream, end } = streamOf();
  end({ kind: "cancelled" });
  expect(await stateOf(stream.ready)).toBe("Error: none");
  const other = streamOf();
  other.start();
  other.end();
  expect(await stateOf(other.stream.ready)).toBe("ready");
});
