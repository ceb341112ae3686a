import { expect, test } from "vitest";
import type { ListKind } from "../../../src/cli/list.ts";
import { liveList, type Look } from "../../../src/cli/live-list.ts";
import type { Format } from "../../../src/cli/outcome.ts";
import { perform } from "../../../src/cli/perform.ts";
import { createProgress } from "../../../src/cli/views/progress.ts";
import { CancelledError, NotFoundError } from "../../../src/errors.ts";
import { fakeSink } from "./fake-io.ts";

interface Thing {
  readonly name: string;
  readonly size: number;
}

const kind: ListKind<Thing> = {
  columns: [
    { head: "NAME", cell: ({ name }) => name },
    { head: "SIZE %", cell: ({ size }) => String(size), key: ({ size }) => size },
  ],
  minWidth: 0,
  id: ({ name }) => name,
  toJson: (thing) => thing,
  key: "things",
};

const looks = (...list: readonly (readonly [name: string, size: number])[][]) =>
  async function* (): AsyncGenerator<Look<Thing>> {
    for (const things of list) yield { items: things.map(([name, size]) => ({ name, size })) };
  };

interface How {
  readonly format?: Format;
  readonly options?: { readonly watch?: boolean; readonly sort?: string };
  readonly limit?: number;
  readonly shown?: (things: readonly Thing[]) => readonly Thing[];
  readonly stdout?: ReturnType<typeof fakeSink>;
  readonly signal?: AbortSignal;
}

/** Runs a list to its end, as a command would. */
async function printed(looked: () => AsyncIterable<Look<Thing>>, how: How = {}) {
  const {
    format = "table",
    options = {},
    limit,
    shown,
    stdout = fakeSink(),
    signal = new AbortController().signal,
  } = how;
  const stderr = fakeSink();
  const context = { format, customColumns: undefined, signal };
  const code = await perform(
    () => liveList({ kind, looks: looked, options, limit, context, ...(shown === undefined ? {} : { shown }) }),
    {
      io: { stdout, stderr, signal },
      format,
      progress: createProgress(stderr, { plain: false }),
      debug: false,
      title: "x",
    },
  );
  return { text: stdout.text(), told: stderr.text(), code };
}

test("the first look alone is printed, and no further one is taken", async () => {
  let taken = 0;
  async function* counted(): AsyncGenerator<Look<Thing>> {
    for (;;) {
      taken++;
      yield { items: [{ name: "a", size: 1 }] };
    }
  }
  expect(await printed(counted)).toEqual({ text: "NAME   SIZE %\na      1\n", told: "", code: 0 });
  expect(taken).toBe(1);
});

test("looks that are watched are printed one by one, those that change nothing as well", async () => {
  const { text } = await printed(looks([["a", 1]], [["a", 1]]), { options: { watch: true } });
  expect(text).toBe("NAME   SIZE %\na      1\n".repeat(2));
});

test("on a terminal each takes the place of the one before, and what does not fit is cut", async () => {
  const stdout = fakeSink({ isTty: true, height: 3 });
  const { text } = await printed(
    looks(
      [
        ["a", 1],
        ["b", 2],
      ],
      [["b", 2]],
    ),
    { options: { watch: true }, stdout },
  );
  expect(text).toBe("\u001b[H\u001b[2JNAME   SIZE %\na      1\n\u001b[H\u001b[2JNAME   SIZE %\nb      2\n");
});

test("JSON is never wiped away, and is a line a thing where that is asked for", async () => {
  const stdout = fakeSink({ isTty: true, height: 3 });
  const { text } = await printed(
    looks(
      [
        ["a", 1],
        ["b", 2],
      ],
      [["a", 3]],
    ),
    {
      options: { watch: true },
      format: "jsonl",
      stdout,
    },
  );
  expect(text).toBe('{"name":"a","size":1}\n{"name":"b","size":2}\n{"name":"a","size":3}\n');
});

test("an interruption ends a watch without a failure", async () => {
  const controller = new AbortController();
  async function* interrupted(): AsyncGenerator<Look<Thing>> {
    yield { items: [{ name: "a", size: 1 }] };
    controller.abort(new CancelledError("SIGINT"));
    throw new CancelledError("cancelled");
  }
  expect(await printed(interrupted, { options: { watch: true }, signal: controller.signal })).toEqual({
    text: "NAME   SIZE %\na      1\n",
    told: "",
    code: 0,
  });
});

test("without a watch it is one", async () => {
  const controller = new AbortController();
  async function* interrupted(): AsyncGenerator<Look<Thing>> {
    yield* [];
    controller.abort(new CancelledError("SIGINT"));
    yield Promise.reject(new CancelledError("cancelled"));
  }
  expect((await printed(interrupted, { signal: controller.signal })).code).toBe(130);
});

test("a failure that is no interruption ends a watch with it", async () => {
  async function* failing(): AsyncGenerator<Look<Thing>> {
    yield { items: [] };
    throw new NotFoundError("no such thing");
  }
  expect(await printed(failing, { options: { watch: true } })).toEqual({
    text: "NAME   SIZE %\n",
    told: "crikit: no such thing\n",
    code: 1,
  });
});

test("failures beside what was seen are told, and make the exit status 1", async () => {
  async function* partly(): AsyncGenerator<Look<Thing>> {
    yield { items: [{ name: "a", size: 1 }], failures: [new NotFoundError("no b")] };
  }
  expect(await printed(partly)).toEqual({ text: "NAME   SIZE %\na      1\n", told: "crikit: no b\n", code: 1 });
  expect((await printed(partly, { format: "json" })).code).toBe(1);
});

test("items are sorted, then cut, and a view may show fewer than the JSON", async () => {
  const things = looks([
    ["a", 1],
    ["b", 3],
    ["c", 2],
  ]);
  const how: How = { options: { sort: "-size" }, limit: 2, shown: (all) => all.filter(({ name }) => name !== "b") };
  expect((await printed(things, how)).text).toBe("NAME   SIZE %\nc      2\n");
  expect(JSON.parse((await printed(things, { ...how, format: "json" })).text)).toEqual({
    things: [
      { name: "b", size: 3 },
      { name: "c", size: 2 },
    ],
  });
});

test("a column that there is not is refused before anything is looked at", async () => {
  const never = () => {
    throw new Error("looked");
  };
  const { told, code } = await printed(never, { options: { sort: "siz" } });
  expect(told).toMatch(/^crikit: --sort: there is no column 'siz' \(did you mean 'size'\?\)\n/u);
  expect(code).toBe(2);
});
