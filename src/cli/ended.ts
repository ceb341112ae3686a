import { NotFoundError } from "../errors.ts";
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
  /** What a dry run does in place of it: throws as it would for what it would refuse. */
  readonly rehearse?: ((target: Found) => Promise<void>) | undefined;
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

/** Ends several things, a few at once; a dry run lists them. What has gone since it was looked up is as good as ended. */
export async function endAll(spec: EndingSpec): Promise<Outcome<unknown>> {
  const { targets, context, dryRun = false, doing, told, work, rehearse } = spec;
  if (targets.length === 0) context.note(spec.nothing);
  return bulk<Found, Ended>({
    targets,
    context,
    doing,
    work: async (target) => {
      const { id, name } = target;
      try {
        if (!dryRun) return { id, name, ...(await work(target)) };
        await rehearse?.(target);
        return { id, name, dryRun };
      } catch (error) {
        // Nobody has looked up what was named by its whole id: it may never have been there.
        if (name === undefined || !(error instanceof NotFoundError)) throw error;
        return { id, name };
      }
    },
    view: (ended) =>
      ended.dryRun === true ? `would be ${doing}: ${whom(ended)}` : told({ ...ended, id: printable(ended.id) }),
  });
}

function whom({ id, name }: Ended): string {
  return name === undefined ? printable(id) : `${printable(name)} (${printable(id)})`;
}
