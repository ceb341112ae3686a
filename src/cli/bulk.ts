import type { Context } from "./context.ts";
import type { Flow, Format, Outcome, View } from "./outcome.ts";

/** The formats of a command that does one thing to several objects. */
export const bulkFormats = ["text", "json", "jsonl", "yaml"] as const satisfies readonly [Format, ...Format[]];

/** How many objects are worked on at once: two cores' runtimes gain nothing from more. */
const defaultConcurrency = 8;

/** What is done to each of several objects. */
export interface BulkSpec<Target, Done> {
  readonly targets: readonly Target[];
  readonly context: Pick<Context, "format" | "say" | "signal">;
  /** What is done, for whoever waits, such as `stopping`. */
  readonly doing: string;
  /** Does it to one. What it throws is told, and the others go on. */
  readonly work: (target: Target) => Promise<Done>;
  readonly view: View<Done>;
  /** At most so many at once. 8 when absent. */
  readonly concurrency?: number;
}

/**
 * Does one thing to several objects, a few at once. Each result is printed when it is there, every failure is told at the
 * end, and one of them makes the exit status 1. A cancelled command begins with no further one.
 */
export async function bulk<Target, Done>(spec: BulkSpec<Target, Done>): Promise<Outcome<unknown>> {
  const failures: unknown[] = [];
  const items = inTheOrderTheyEnd(spec, failures);
  const { format } = spec.context;
  if (format === "text" || format === "jsonl") {
    return { items, view: spec.view, failures: () => failures } satisfies Flow<Done> as Flow<unknown>;
  }
  const data: Done[] = [];
  for await (const item of items) data.push(item);
  return { data, view: () => "", failures };
}

/** The same without an outcome around it: the results in the order they come, what fails into `failures`. */
export async function* inTheOrderTheyEnd<Target, Done>(
  { targets, context, doing, work, concurrency = defaultConcurrency }: Omit<BulkSpec<Target, Done>, "view">,
  failures: unknown[],
): AsyncGenerator<Done> {
  const under = new Map<number, Promise<readonly [number, readonly Done[]]>>();
  const waiting = [...targets.entries()];
  let ended = 0;
  const begin = (): void => {
    while (under.size < concurrency && !context.signal.aborted) {
      const [at, target] = waiting.shift() ?? [];
      if (at === undefined) return;
      under.set(
        at,
        attempt(at, () => work(target as Target)),
      );
    }
  };
  const attempt = async (at: number, one: () => Promise<Done>): Promise<readonly [number, readonly Done[]]> => {
    try {
      return [at, [await one()]];
    } catch (error) {
      failures.push(error);
      return [at, []];
    }
  };
  for (begin(); under.size > 0; begin()) {
    context.say(targets.length === 1 ? doing : `${doing} (${ended} of ${targets.length} done)`);
    const [at, done] = await Promise.race(under.values());
    under.delete(at);
    ended++;
    yield* done;
  }
  if (waiting.length > 0) failures.push(context.signal.reason);
}
