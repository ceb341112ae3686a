import { expect, test } from "vitest";
import { bulk } from "../../../src/cli/bulk.ts";
import type { Format } from "../../../src/cli/outcome.ts";
import { NotFoundError } from "../../../src/errors.ts";

const context = (format: Format, signal = new AbortController().signal) => ({ format, signal, say: () => undefined });
const gone = new NotFoundError("no container b");
const work = async (target: string): Promise<string> => {
  if (target === "b") throw gone;
  return target.toUpperCase();
};
const spec = { targets: ["a", "b", "c"], doing: "stopping", work, view: String };

async function flowOf(outcome: Awaited<ReturnType<typeof bulk>>) {
  if (!("items" in outcome)) throw new Error("expected a flow");
  const items: unknown[] = [];
  for await (const item of outcome.items) items.push(item);
  return { items, failures: outcome.failures?.() };
}

test("one failure does not keep the others from being done, and is told", async () => {
  expect(await flowOf(await bulk({ ...spec, context: context("text") }))).toEqual({
    items: ["A", "C"],
    failures: [gone],
  });
});

test("as JSON all results are one array", async () => {
  expect(await bulk({ ...spec, context: context("json") })).toMatchObject({ data: ["A", "C"], failures: [gone] });
});

test("no more than the limit are under way at once, and each is done once", async () => {
  let under = 0;
  let most = 0;
  const targets = Array.from({ length: 30 }, (_, at) => at);
  const done = await flowOf(
    await bulk({
      targets,
      context: context("text"),
      doing: "",
      view: String,
      concurrency: 4,
      work: async (target) => {
        most = Math.max(most, ++under);
        await new Promise((resolve) => setImmediate(resolve));
        under--;
        return target;
      },
    }),
  );
  expect(most).toBe(4);
  expect(done.items.toSorted((a, b) => Number(a) - Number(b))).toEqual(targets);
});

test("a cancelled command begins with no further one, and says why", async () => {
  const controller = new AbortController();
  const begun: number[] = [];
  const outcome = await bulk({
    targets: [1, 2, 3, 4],
    context: context("text", controller.signal),
    doing: "",
    view: String,
    concurrency: 1,
    work: async (target) => {
      begun.push(target);
      if (target === 2) controller.abort(gone);
      return target;
    },
  });
  expect(await flowOf(outcome)).toEqual({ items: [1, 2], failures: [gone] });
  expect(begun).toEqual([1, 2]);
});
