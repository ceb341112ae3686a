import type { Found } from "../inventory/match-words.ts";
import { bulk, type BulkSpec } from "./bulk.ts";
import type { Context } from "./context.ts";
import type { Outcome } from "./outcome.ts";
import { printable } from "./views/printable.ts";

/** What a command that ends several things does. */
export interface EndingSpec extends Pick<BulkSpec<Found, Ended>, "doing"> {
  readonly context: Pick<Context, "format" | "note" | "say" | "signal">;
  readonly targets: readonly Found[];
  readonly dryRun?: boolean | undefined;
  /** What is said of each, given its id: the id alone, or a sentence of crictl's. */
  readonly told: (ended: Ended) => string;
  /** Does it to one. @returns what there is to say beside its id */
  readonly work: (target: Found) => Promise<Readonly<Record<string, unknown>> | void>;
  /** What is said when there is nothing to do: no failure, as in crictl. */
  readonly nothing: string;
}

/** What was ended, or would be. */
export interface Ended {
  readonly id: string;
  readonly name?: string | undefined;
  readonly dryRun?: true;
  readonly [field: string]: unknown;
}

/** Ends several things, a few at once; a dry run lists them. */
export async function endAll({ targets, dryRun = false, told, work, ...spec }: EndingSpec): Promise<Outcome<unknown>> {
  if (targets.length === 0) spec.context.note(spec.nothing);
  return bulk<Found, Ended>({
    targets,
    context: spec.context,
    doing: spec.doing,
    work: async ({ id, name }) => {
      if (dryRun) return { id, name, dryRun };
      return { id, name, ...(await work({ id, name })) };
    },
    view: (ended) =>
      ended.dryRun === true ? `would be ${spec.doing}: ${whom(ended)}` : told({ ...ended, id: printable(ended.id) }),
  });
}

function whom({ id, name }: Ended): string {
  return name === undefined ? printable(id) : `${printable(name)} (${printable(id)})`;
}
