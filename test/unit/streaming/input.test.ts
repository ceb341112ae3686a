import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { readInput } from "../../../src/streaming/input.ts";

test("what was read of an iterable is not kept", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const given: WeakRef<Uint8Array>[] = [];
  const source = (async function* (): AsyncGenerator<Uint8Array> {
    for (let nth = 0; nth < 100; nth++) {
      const chunk = new Uint8Array(1_000);
      given.push(new WeakRef(chunk));
      yield chunk;
    }
  })();
  const input = readInput(source, new AbortController().signal);
  for (let nth = 0; nth < 100; nth++) await input.next();
  await turn();
  collect();
  expect(given.filter((ref) => ref.deref() !== undefined).length).toBeLessThan(10);
});

test("an iterable that has nothing more to give is left when it is stopped", async () => {
  const stop = new AbortController();
  let isReturned = false;
  const source: AsyncIterable<string> = {
    [Symbol.asyncIterator]: () => ({
      next: () => new Promise(() => undefined),
      return: async () => {
        isReturned = true;
        return { done: true, value: undefined };
      },
    }),
  };
  const next = readInput(source, stop.signal).next();
  stop.abort();
  expect(await next).toEqual({ done: true, value: undefined });
  expect(isReturned).toBe(true);
});
