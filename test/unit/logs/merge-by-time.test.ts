import { expect, test } from "vitest";
import { mergeByTime } from "../../../src/logs/merge-by-time.ts";

const at = (second: number, text: string) => ({ time: `2026-11-23T10:00:${String(second).padStart(2, "0")}Z`, text });
type Line = ReturnType<typeof at>;

async function* log(...batches: readonly (readonly Line[])[]): AsyncGenerator<readonly Line[]> {
  for (const batch of batches) {
    await new Promise((resolve) => setImmediate(resolve));
    yield batch;
  }
}
async function merged(logs: readonly AsyncIterable<readonly Line[]>[], patienceMs?: number): Promise<string> {
  let all = "";
  for await (const lines of mergeByTime(logs, patienceMs)) all += lines.map(({ text }) => text).join("");
  return all;
}

test("lines of several logs come in the order of their times", async () => {
  const a = log([at(1, "a"), at(4, "d")], [at(6, "f")]);
  const b = log([at(2, "b")], [at(3, "c"), at(5, "e"), at(9, "i")]);
  const c = log([at(7, "g"), at(8, "h")]);
  expect(await merged([a, b, c])).toBe("abcdefghi");
});

test("a line without a time stays behind the one before it, and empty batches mean nothing", async () => {
  expect(
    await merged([log([], [at(1, "a"), { time: "", text: "+" }, at(5, "d")]), log([at(2, "b")], [], [at(3, "c")])]),
  ).toBe("a+bcd");
});

test("a silent log does not hold the others up for ever", async () => {
  async function* silent(): AsyncGenerator<readonly Line[]> {
    await new Promise(() => undefined);
    yield [];
  }
  const lines = mergeByTime([log([at(1, "a")], [at(2, "b")]), silent()], 5);
  expect((await lines.next()).value).toEqual([at(1, "a")]);
  expect((await lines.next()).value).toEqual([at(2, "b")]);
  void lines.return(undefined);
});

test("what goes wrong in one is told", async () => {
  async function* broken(): AsyncGenerator<readonly Line[]> {
    yield [at(1, "a")];
    throw new Error("no more");
  }
  await expect(merged([broken(), log([at(2, "b")])])).rejects.toThrow("no more");
});
