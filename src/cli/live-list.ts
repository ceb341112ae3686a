import type { Context } from "./context.ts";
import { listOrder, listView, needsJson, type ListKind, type ListOptions } from "./list.ts";
import type { Flow, Format, Outcome, Terminal } from "./outcome.ts";
import { untilInterrupted } from "./until-interrupted.ts";

/** One look at what moves, and what could not be seen. */
export interface Look<Item> {
  readonly items: readonly Item[];
  readonly failures?: readonly unknown[];
}

/** What a list that moves is made of. */
export interface LiveList<Item> {
  readonly kind: ListKind<Item>;
  /** One look after the other, at their own pace and without an end. Nothing is asked before the first is wanted. */
  readonly looks: () => AsyncIterable<Look<Item>>;
  /** The items of a look that a view shows; JSON has them all. All when absent. */
  readonly shown?: (items: readonly Item[]) => readonly Item[];
  /** At most so many, the first in the order. */
  readonly limit?: number | undefined;
  readonly options: ListOptions;
  readonly context: Pick<Context, "format" | "customColumns" | "signal">;
}

/**
 * The outcome of a list that always changes: the first look alone, or with `--watch` one after the other, each in the
 * place of the one before on a terminal. To interrupt that is no failure.
 *
 * @throws {UsageError} before anything is asked when a column is asked for that there is not
 */
export async function liveList<Item>(spec: LiveList<Item>): Promise<Outcome<unknown>> {
  const { kind, looks, options, context, limit = Infinity, shown = (items) => items } = spec;
  const order = listOrder(kind, options.sort);
  const view = await listView(kind, options, context);
  const jsonOf = ({ items }: Look<Item>): readonly unknown[] => inOrder(items).map(kind.toJson);
  const inOrder = (items: readonly Item[]): readonly Item[] => order(items).slice(0, limit);
  const textOf = ({ items }: Look<Item>, terminal: Terminal): string => view(shown(inOrder(items)), terminal);
  if (options.watch !== true) {
    for await (const look of looks()) {
      const { failures = [] } = look;
      if (!needsJson(context.format))
        return { data: undefined, view: (_, terminal) => textOf(look, terminal), failures };
      const lines = jsonOf(look);
      return { data: { [kind.key]: lines }, view: () => "", lines, failures };
    }
  }
  async function* printed(): AsyncGenerator<Printed> {
    const asJson = needsJson(context.format);
    for await (const look of looks()) {
      const json = asJson ? jsonOf(look) : [];
      yield { [kind.key]: json, [hidden]: { json, text: (terminal) => textOf(look, terminal) } };
    }
  }
  const flow: Flow<Printed> = {
    items: untilInterrupted(printed(), context.signal),
    view: (look, terminal) => look[hidden].text(terminal),
    lines: (look) => look[hidden].json,
    redraw: !needsJson(context.format),
  };
  return flow as Flow<unknown>;
}

/** Whether a list shows rates, or is sorted by them: where it does not, one sample is enough. */
export function needsRates({ quiet, sort }: ListOptions, format: Format): boolean {
  if (sort !== undefined && /^-?cpu/u.test(sort)) return true;
  return (format === "table" || format === "wide") && quiet !== true;
}

/** Where a look keeps what is not its data. */
const hidden = Symbol("hidden");

interface Printed {
  readonly [key: string]: unknown;
  readonly [hidden]: { readonly json: readonly unknown[]; readonly text: (terminal: Terminal) => string };
}
