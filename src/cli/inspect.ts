import { bounded } from "../bounded.ts";
import { NotFoundError } from "../errors.ts";
import type { Format, Result, View } from "./outcome.ts";

/** The formats of every command that shows all of an object, the default first. */
export const inspectFormats = ["json", "yaml", "go-template", "table", "jsonl"] as const satisfies readonly [
  Format,
  ...Format[],
];

/** How many objects are looked at at once. */
const concurrency = 16;

/** What an inspecting command looks at, and how. */
export interface InspectSpec<Seen extends Inspected> {
  readonly ids: readonly string[];
  /** Looks at one. What it throws is told, and the others are shown all the same. */
  readonly look: (id: string) => Promise<Seen>;
  /** One object for people. */
  readonly view: View<Seen>;
}

/** An object as a runtime shows it. */
export interface Inspected<Status = unknown> {
  readonly status: Status;
  /** Its status and verbose info as one, as `-o json` prints it. */
  readonly merged: Readonly<Record<string, unknown>>;
}

/**
 * Looks at several objects at once. One is an object, two or more are an array, as in crictl; what could not be looked at is
 * told after what could.
 *
 * @throws {NotFoundError} when there is nothing to look at
 */
export async function inspect<Seen extends Inspected>({
  ids,
  look,
  view,
}: InspectSpec<Seen>): Promise<Result<unknown>> {
  if (ids.length === 0) throw new NotFoundError("nothing fits", { hint: "loosen the filter, or name what to show" });
  const failures: unknown[] = [];
  const looks = await bounded(ids, concurrency, async (id) => {
    try {
      return [await look(id)];
    } catch (error) {
      failures.push(error);
      return [];
    }
  });
  const seen = looks.flat();
  const merged = seen.map((each) => each.merged);
  if (seen.length === 0) throw failures.length === 1 ? failures[0] : new AggregateError(failures);
  return {
    data: ids.length === 1 ? merged[0] : merged,
    view: (_, terminal) => seen.map((each) => view(each, terminal)).join("\n\n"),
    lines: merged,
    failures,
  };
}
