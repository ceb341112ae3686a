import type { Command, OptionValues } from "@commander-js/extra-typings";
import { UsageError } from "../errors.ts";
import { nearest } from "../near.ts";
import type { Context } from "./context.ts";
import type { Flow, Format, Outcome, Result, Terminal, View } from "./outcome.ts";
import { untilInterrupted } from "./until-interrupted.ts";
import { table, type Column } from "./views/table.ts";
import { printable } from "./views/printable.ts";

/** The formats of every list, the default first. */
export const listFormats = [
  "table",
  "wide",
  "name",
  "json",
  "jsonl",
  "yaml",
  "go-template",
  "custom-columns",
] as const satisfies readonly [Format, ...Format[]];

/** What the words of every list say. */
export type ListOptions = {
  readonly quiet?: boolean | undefined;
  readonly verbose?: boolean | undefined;
  readonly trunc?: boolean | undefined;
  readonly watch?: boolean | undefined;
  readonly sort?: string | undefined;
};

/** How a list's cells are to be written. */
export interface Showing {
  readonly now: Date;
  /** Ids whole, not their start alone. */
  readonly full: boolean;
}

/** One column of a list. */
export interface ListColumn<Item> extends Omit<Column<Item>, "cell"> {
  readonly cell: (item: Item, showing: Showing) => string;
  /** What `--sort` compares, where it is not the cell's text: times and sizes. */
  readonly key?: (item: Item) => bigint | number | string;
}

/** A kind of list: what is the same for it whatever is asked for. All pure. */
export interface ListKind<Item> {
  readonly columns: readonly ListColumn<Item>[];
  /** What `-o wide` shows as well. */
  readonly wide?: readonly ListColumn<Item>[];
  /** The least width of a column; crictl's 20 when absent. */
  readonly minWidth?: number;
  /** The lines that one item is in a table, where it is not always one: an image has a line a tag. */
  readonly rows?: (item: Item) => readonly Item[];
  /** What `-q` prints. */
  readonly id: (item: Item) => string;
  /** What `-o name` prints. The id when absent. */
  readonly name?: (item: Item) => string;
  /** One item for `-v`, as lines. */
  readonly details?: (item: Item, showing: Showing) => string;
  /** One item as JSON. */
  readonly toJson: (item: Item) => unknown;
  /** The key of the items in the JSON of the whole, as CRI's answer calls them. */
  readonly key: string;
}

/** The columns of crictl's tables are 20 wide at least; a list that is wide has no room for that. */
const wideMinimum = 0;
/** Milliseconds between two looks of `--watch`. */
const watchMs = 1_000;

/** Adds the flags that every list takes. */
export function listWords<Args extends unknown[], Options extends OptionValues>(
  words: Command<Args, Options>,
): Command<Args, Options & ListOptions> {
  return words
    .option("-q, --quiet", "print the ids alone")
    .option("--no-trunc", "print ids whole")
    .option("--sort <column>", "sort by a column, such as name, or -name for the other way round")
    .option("-w, --watch", "print it again whenever it changes, until interrupted") as unknown as Command<
    Args,
    Options & ListOptions
  >;
}

/** How a list is to be made. */
interface ListManner<Item> {
  readonly options: ListOptions;
  readonly context: Context;
  /** The items as they come, for `-o jsonl`, which has no need of the last before it prints the first. */
  readonly portions?: (() => AsyncIterable<readonly Item[]>) | undefined;
}

/**
 * Makes a list's outcome: what `-o`, `-q`, `-v`, `--sort` and `--watch` ask for, out of what `fetch` gets.
 *
 * @throws {UsageError} before anything is fetched when a column is asked for that there is not
 */
export async function list<Item>(
  kind: ListKind<Item>,
  fetch: () => Promise<readonly Item[]>,
  { options, context, portions }: ListManner<Item>,
): Promise<Outcome<unknown>> {
  const order = listOrder(kind, options.sort);
  const view = await listView(kind, options, context);
  const get = async (): Promise<readonly Item[]> => order(await fetch());
  const result = (items: readonly Item[]): Result<unknown> => {
    const json = items.map(kind.toJson);
    return { data: { [kind.key]: json }, view: (_, terminal) => view(items, terminal), lines: json };
  };
  const isAsItComes = options.sort === undefined && options.watch !== true;
  if (portions !== undefined && context.format === "jsonl" && isAsItComes) {
    const asJson = (items: readonly Item[]): readonly unknown[] => items.map(kind.toJson);
    return { items: portions(), view: () => "", lines: asJson } as Flow<readonly Item[]> as Flow<unknown>;
  }
  if (options.watch !== true) {
    // The JSON of 10,000 items takes longer than their table.
    const items = await get();
    return needsJson(context.format)
      ? result(items)
      : { data: undefined, view: (_, terminal) => view(items, terminal) };
  }
  return watch(get, kind, view, context.signal) as Flow<unknown>;
}

/** Whether a format prints the items' JSON, not a view of them. */
export function needsJson(format: Format): boolean {
  return ["json", "jsonl", "yaml", "go-template"].includes(format);
}

/** One look after the other; only what differs from the one before comes through. */
function watch<Item>(
  get: () => Promise<readonly Item[]>,
  kind: ListKind<Item>,
  view: View<readonly Item[]>,
  signal: AbortSignal,
): Flow<WatchedList> {
  let seen = new Map<string, string>();
  async function* looks(): AsyncGenerator<WatchedList> {
    for (let last: string | undefined; !signal.aborted;) {
      const items = await get();
      const json = items.map(kind.toJson);
      const text = JSON.stringify(json, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value));
      if (text !== last) {
        const before = seen;
        seen = new Map(); // what has gone is forgotten: it is news when it comes back, and there is no end of what has gone
        const changed = json.filter((item, at) => {
          const key = kind.id(items[at] as Item);
          seen.set(key, JSON.stringify(item));
          return before.get(key) !== seen.get(key);
        });
        yield { [kind.key]: json, [shown]: { text: (terminal) => view(items, terminal), changed } };
      }
      last = text;
      const { setTimeout: sleep } = await import("node:timers/promises");
      await sleep(watchMs, undefined, { signal }).catch(() => undefined);
    }
  }
  return {
    items: untilInterrupted(looks(), signal),
    view: (look, terminal) => look[shown].text(terminal),
    lines: (look) => look[shown].changed,
    redraw: true,
  };
}

/** Where a look keeps what is not its data. */
const shown = Symbol("shown");

interface WatchedList {
  readonly [key: string]: unknown;
  readonly [shown]: { readonly text: (terminal: Terminal) => string; readonly changed: readonly unknown[] };
}

/** How a list's items are written: what `-o`, `-q`, `-v` and `--no-trunc` ask for. @throws {UsageError} for wrong columns */
export async function listView<Item>(
  kind: ListKind<Item>,
  { quiet = false, verbose = false, trunc = true }: ListOptions,
  { format, customColumns }: Pick<Context, "format" | "customColumns">,
): Promise<View<readonly Item[]>> {
  if (format === "custom-columns") {
    const { parseCustomColumns } = await import("../template/custom-columns.ts");
    const columns = parseCustomColumns(customColumns ?? "").map(({ head, cell }) => ({
      head,
      cell,
    }));
    return (items, { color }) => table(columns, items.map(kind.toJson), { color, minWidth: 0 });
  }
  if (format === "name") return (items) => items.map((item) => printable((kind.name ?? kind.id)(item))).join("\n");
  if (quiet) return (items) => items.map((item) => printable(kind.id(item))).join("\n");
  const { details } = kind;
  if (verbose && details !== undefined) {
    return (items, { now }) => items.map((item) => `${details(item, { now, full: true })}\n`).join("\n");
  }
  const wide = format === "wide";
  const columns = wide ? [...kind.columns, ...(kind.wide ?? [])] : kind.columns;
  return (items, { color, now }) => {
    const showing = { now, full: !trunc };
    const written = columns.map((column) => ({ ...column, cell: (item: Item) => column.cell(item, showing) }));
    const minWidth = wide ? wideMinimum : kind.minWidth;
    const rows = kind.rows === undefined ? items : items.flatMap(kind.rows);
    return table(written, rows, minWidth === undefined ? { color } : { color, minWidth });
  };
}

/** Puts items in the order that `--sort` asks for; as they are without it. @throws {UsageError} for a wrong column */
export function listOrder<Item>(
  kind: ListKind<Item>,
  text: string | undefined,
): (items: readonly Item[]) => readonly Item[] {
  if (text === undefined) return (items) => items;
  const direction = text.startsWith("-") ? -1 : 1;
  const wanted = slug(text.replace(/^-/u, ""));
  const columns = [...kind.columns, ...(kind.wide ?? [])];
  const column = columns.find(({ head }) => slug(head) === wanted);
  if (column === undefined) {
    const heads = columns.map(({ head }) => slug(head)).filter((head) => head !== "");
    const near = nearest(wanted, heads);
    throw new UsageError(
      `--sort: there is no column '${wanted}'${near === undefined ? "" : ` (did you mean '${near}'?)`}`,
      { hint: `the columns are ${heads.join(", ")}` },
    );
  }
  const showing = { now: new Date(0), full: true };
  const keyOf = column.key ?? ((item: Item) => column.cell(item, showing));
  return (items) => {
    const keyed = items.map((item) => ({ item, key: keyOf(item) })); // once each, however often they are compared
    return keyed.sort((a, b) => direction * compare(a.key, b.key)).map(({ item }) => item);
  };
}

function compare(a: bigint | number | string, b: bigint | number | string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

/** `POD ID` is typed `pod-id`, and `CPU %` is `cpu`. */
function slug(head: string): string {
  return head
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/gu, "-")
    .replace(/-$/u, "");
}
