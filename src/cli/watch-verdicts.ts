import { setTimeout as sleep } from "node:timers/promises";
import type { Line } from "../cri/connect.ts";
import { CrikitError } from "../errors.ts";
import { watchEvents } from "../events/watch-events.ts";
import type { VerdictWord } from "../namespaces/verdict.ts";
import type { Verification } from "../namespaces/verify.ts";
import type { Context } from "./context.ts";
import type { VerificationChange } from "./views/verification-change.ts";

/** Events come in crowds, and the runtime has to be done with what they tell of. Milliseconds. */
const settleMs = 300;

/** What is watched, and how. */
export interface WatchVerdicts {
  readonly line: Line;
  /** Milliseconds between two looks when nothing happens. */
  readonly intervalMs: number;
  readonly context: Pick<Context, "signal" | "note" | "say">;
}

/** Verdicts as they change. */
export interface WatchedVerdicts {
  readonly changes: AsyncIterable<VerificationChange>;
  /** The last one. */
  readonly verdict: () => VerdictWord;
}

/**
 * Verifies when something happens on the runtime and from time to time, and tells what differs from the time before. A
 * runtime that goes away meanwhile is waited for; one that is not there to begin with is a failure.
 */
export function watchVerdicts(verify: () => Promise<Verification>, how: WatchVerdicts): WatchedVerdicts {
  let last: Verification | undefined;
  let isAway = false;
  async function* changes(): AsyncGenerator<VerificationChange> {
    using bell = new Bell(how);
    while (!how.context.signal.aborted) {
      bell.reset();
      const now = await verify().catch((error: unknown) => {
        if (last === undefined || !(error instanceof CrikitError) || how.context.signal.aborted) throw error;
        if (!isAway) how.context.note(`could not verify: ${error.message}; trying again`);
        isAway = true;
      });
      const change = now && changeBetween(last, now);
      if (now !== undefined) [last, isAway] = [now, false];
      if (change !== undefined) yield change;
      await bell.rung(how.intervalMs);
    }
  }
  return { changes: changes(), verdict: () => (isAway ? "unmeasured" : (last?.verdict ?? "unmeasured")) };
}

/** Rings when something happens to a pod or a container. */
class Bell implements Disposable {
  readonly #end = new AbortController();
  readonly #signal: AbortSignal;
  #ring: AbortController = new AbortController();

  constructor({ line, context: { signal, note } }: WatchVerdicts) {
    this.#signal = AbortSignal.any([signal, this.#end.signal]);
    void this.#listen(line).catch((error: unknown) => {
      if (!this.#signal.aborted)
        note(`no events: ${error instanceof Error ? error.message : "?"}; only --interval counts`);
    });
  }

  reset(): void {
    this.#ring = new AbortController();
  }

  /** Waits until it rings, at most so many milliseconds. */
  async rung(atMostMs: number): Promise<void> {
    const signal = AbortSignal.any([this.#ring.signal, this.#signal]);
    await sleep(atMostMs, undefined, { signal }).catch(() => undefined);
    await sleep(settleMs, undefined, { signal: this.#signal }).catch(() => undefined);
  }

  [Symbol.dispose](): void {
    this.#end.abort();
  }

  async #listen(line: Line): Promise<void> {
    const now = (): bigint => BigInt(Date.now()) * 1_000_000n;
    for await (const _ of watchEvents(line, { signal: this.#signal, now })) this.#ring.abort();
  }
}

/** What is new of each pod: that it is there, or gone, or what holds of it. Nothing when nothing is. */
export function changeBetween(before: Verification | undefined, after: Verification): VerificationChange | undefined {
  const { apiVersion, verdict, pods, findings } = after;
  if (before === undefined)
    return { apiVersion, kind: "VerificationChange", verdict, first: after, pods, gone: [], findings };
  const was = new Map(before.pods.map((pod) => [pod.id, pod]));
  const is = new Set(pods.map(({ id }) => id));
  const [old, now] = [wrongOf(before), wrongOf(after)];
  const differs = (id: string): boolean => old.get(id) !== now.get(id);
  const changed = pods.filter(({ id, verdict: word }) => was.get(id)?.verdict !== word || differs(id));
  const gone = before.pods.filter(({ id }) => !is.has(id)).map(({ id, name, namespace }) => ({ id, name, namespace }));
  if (changed.length === 0 && gone.length === 0 && !differs("")) return undefined;
  const told = new Set([...changed.map(({ id }) => id), ...(differs("") ? [""] : [])]);
  return {
    apiVersion,
    kind: "VerificationChange",
    verdict,
    pods: changed.map((pod) => ({ ...pod, before: was.get(pod.id)?.verdict ?? null })),
    gone,
    findings: findings.filter(({ podId }) => told.has(podId)),
  };
}

/** What does not hold of each pod, without what changes when a process is another one. */
function wrongOf({ findings }: Verification): ReadonlyMap<string, string> {
  const wrong = new Map<string, string>();
  for (const { ok, podId, check, name, namespace } of findings) {
    if (ok !== true) wrong.set(podId, `${wrong.get(podId) ?? ""}${JSON.stringify([ok, check, name, namespace])}`);
  }
  return wrong;
}
