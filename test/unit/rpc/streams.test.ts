import { expect, test } from "vitest";
import { ResponseStream } from "../../../src/rpc/streams.ts";
import type { Exchange } from "../../../src/rpc/exchange.ts";

/** A stream of bytes on an exchange that does nothing, and what is told of that. */
function streamOf(): {
  readonly stream: ResponseStream<number>;
  readonly give: (bytes: number) => void;
  readonly end: () => void;
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
  let end = (): void => undefined;
  const stream = new ResponseStream<number>(
    ({ onMessage, onEnd }) => {
      give = (bytes) => onMessage(Buffer.alloc(bytes));
      end = () => onEnd();
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
  return { stream, give, end, doings };
}

test("200,000 small answers that have come are read in their order, and in no time", async () => {
  const { stream, give, end } = streamOf();
  for (let at = 0; at < 200_000; at++) give(at % 7);
  end();
  const startedAt = Date.now();
  let count = 0;
  let isInOrder = true;
  for await (const length of stream) isInOrder &&= length === count++ % 7;
  expect([count, isInOrder]).toEqual([200_000, true]);
  expect(Date.now() - startedAt).toBeLessThan(5_000); // it takes a tenth of one; the square of them took twenty-four
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
