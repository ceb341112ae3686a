import { expect, test } from "vitest";
import { inOrder } from "../../../src/stats/in-order.ts";

/** A work that ends when it is told to. */
function work<Result>(result: Result): { readonly promise: Promise<Result>; readonly end: () => void } {
  let end = (): void => undefined;
  const promise = new Promise<Result>((resolve) => {
    end = () => resolve(result);
  });
  return { promise, end };
}

async function all<Item>(items: AsyncIterable<Item>): Promise<readonly Item[]> {
  const list: Item[] = [];
  for await (const item of items) list.push(item);
  return list;
}

test("results come in the order of the works, whichever ends first", async () => {
  const [first, second, third] = [work("first"), work("second"), work("third")];
  const results = all(inOrder([first.promise, second.promise, third.promise], 60_000));
  third.end();
  second.end();
  first.end();
  expect(await results).toEqual(["first", "second", "third"]);
});

test("one that is late comes last, and nobody waits for it", async () => {
  const slow = work("slow");
  const results = inOrder([slow.promise, Promise.resolve("a"), Promise.resolve("b")], 1)[Symbol.asyncIterator]();
  expect(await results.next()).toEqual({ done: false, value: "a" });
  expect(await results.next()).toEqual({ done: false, value: "b" });
  slow.end();
  expect(await results.next()).toEqual({ done: false, value: "slow" });
  expect(await results.next()).toEqual({ done: true, value: undefined });
});

test("those that are late come as they end", async () => {
  const [first, second] = [work("first"), work("second")];
  const results = inOrder([first.promise, second.promise, Promise.resolve("there")], 1)[Symbol.asyncIterator]();
  expect((await results.next()).value).toBe("there");
  second.end();
  expect((await results.next()).value).toBe("second");
  first.end();
  expect((await results.next()).value).toBe("first");
});

test("patience begins with the first result, not before", async () => {
  const [first, second] = [work("first"), work("second")];
  const results = all(inOrder([first.promise, second.promise], 50));
  await new Promise((resolve) => setTimeout(resolve, 100));
  second.end();
  first.end();
  expect(await results).toEqual(["first", "second"]);
});

test("a failure is thrown when its turn comes, and no other is left unhandled", async () => {
  const failing = (text: string): Promise<never> => Promise.reject(new Error(text));
  await expect(all(inOrder([Promise.resolve(1), failing("one"), failing("two")], 10))).rejects.toThrow("one");
  expect(await all(inOrder([], 10))).toEqual([]);
});
