import fc from "fast-check";
import { expect, test } from "vitest";
import { parseDetachKeys, untilDetached } from "../../../src/streaming/detach-keys.ts";

async function type(chunks: readonly (readonly number[])[], keys: Uint8Array): Promise<readonly [number[], boolean]> {
  const input = (async function* (): AsyncGenerator<Uint8Array> {
    for (const chunk of chunks) yield Uint8Array.from(chunk);
  })();
  const passed: number[] = [];
  const output = untilDetached(input, keys);
  for (;;) {
    const { done, value } = await output.next();
    if (done === true) return [passed, value];
    passed.push(...value);
  }
}

test.each([
  ["ctrl-p,ctrl-q", [16, 17]],
  ["ctrl-@", [0]],
  ["ctrl-a,x", [1, 120]],
  ["CTRL-]", [29]],
  ["", []],
])("reads %j", (text, bytes) => {
  expect([...parseDetachKeys(text)]).toEqual(bytes);
});

test.each(["ctrl-", "ctrl-1", "xy", ",", "ä", "ctrl-p,"])("refuses %j", (text) => {
  expect(() => parseDetachKeys(text)).toThrow(/is not a key to detach with/u);
});

test("keys in one piece or in several detach; part of them is passed on when another key follows", async () => {
  const keys = parseDetachKeys("ctrl-p,ctrl-q");
  expect(
    await type(
      [
        [1, 16],
        [17, 2],
      ],
      keys,
    ),
  ).toEqual([[1], true]);
  expect(
    await type(
      [
        [16, 65, 16],
        [16, 17],
      ],
      keys,
    ),
  ).toEqual([[16, 65, 16], true]);
  expect(await type([[16, 16, 65]], keys)).toEqual([[16, 16, 65], false]);
  expect(await type([[16]], keys)).toEqual([[16], false]);
});

test("keys that begin again within themselves detach wherever they end", async () => {
  const keys = parseDetachKeys("p,p,q");
  const [p, q, x] = [112, 113, 120];
  expect(await type([[p, p, p], [q]], keys)).toEqual([[p], true]);
  expect(await type([[p, p, x, p, p, q]], keys)).toEqual([[p, p, x], true]);
  expect(await type([[p, q, p, p]], keys)).toEqual([[p, q, p, p], false]);
});

test("without the keys, everything is passed on as it is", async () => {
  const byte = fc.integer({ min: 0, max: 20 });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(byte), { maxLength: 6 }), async (chunks) => {
      const typed = chunks.flat();
      const at = typed.findIndex((each, index) => each === 16 && typed[index + 1] === 17);
      const [passed, detached] = await type(chunks, Uint8Array.of(16, 17));
      expect(detached).toBe(at >= 0);
      expect(passed).toEqual(at >= 0 ? typed.slice(0, at) : typed);
    }),
  );
});
