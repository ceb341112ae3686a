import { expect, test, vi } from "vitest";
import type { Context } from "../../../src/cli/context.ts";
import { list, type ListKind } from "../../../src/cli/list.ts";
import { perform } from "../../../src/cli/perform.ts";
import { createProgress } from "../../../src/cli/views/progress.ts";
import { CancelledError } from "../../../src/errors.ts";
import { fakeSink } from "./fake-io.ts";

vi.mock("node:timers/promises", async (original) => ({
  ...(await original<object>()),
  setTimeout: async () => undefined,
}));

const kind: ListKind<string> = {
  columns: [{ head: "ID", cell: (id) => id }],
  id: (id) => id,
  toJson: (id) => ({ id }),
  key: "things",
};

/** What `-w -o jsonl` prints of these lists, one after the other. */
async function watched(...lists: readonly (readonly string[])[]): Promise<string> {
  const stdout = fakeSink();
  const end = new AbortController();
  const rest = lists.values();
  const fetch = async (): Promise<readonly string[]> => {
    const next = rest.next().value;
    if (next === undefined) end.abort(new CancelledError("SIGINT"));
    return next ?? [];
  };
  const context = { format: "jsonl", signal: end.signal } as Context;
  await perform(() => list(kind, fetch, { options: { watch: true }, context }), {
    io: { stdout, stderr: fakeSink(), signal: end.signal },
    format: "jsonl",
    progress: createProgress(fakeSink(), { plain: false }),
    debug: false,
    title: "x",
  });
  return stdout.text();
}

test("what has gone and comes back as it was is printed once more", async () => {
  expect(await watched(["a", "b"], ["b"], ["b"], ["a", "b"])).toBe('{"id":"a"}\n{"id":"b"}\n{"id":"a"}\n');
});
