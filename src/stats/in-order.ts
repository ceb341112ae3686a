import { setTimeout as sleep } from "node:timers/promises";

/** What is waited for when a result is late. */
const late = Symbol("late");

/**
 * The results of works that are under way, in the order of the works; but from `patienceMs` after the first of all is there
 * on, nobody waits for those that are late: they come last, as they end.
 *
 * @throws what a work throws, when its turn comes
 */
export async function* inOrder<Result>(
  works: readonly Promise<Result>[],
  patienceMs: number,
): AsyncGenerator<Result, void, undefined> {
  for (const work of works) work.catch(() => undefined); // told when its turn comes, which may be never
  if (works.length === 0) return;
  await Promise.race(works);
  const timer = new AbortController();
  const patience = sleep(patienceMs, late, { signal: timer.signal, ref: false }).catch(() => late);
  const lateOnes: Promise<Result>[] = [];
  try {
    for (const work of works) {
      const result = await Promise.race([work, patience]);
      if (result === late) lateOnes.push(work);
      else yield result as Result;
    }
  } finally {
    timer.abort();
  }
  yield* asTheyEnd(lateOnes);
}

async function* asTheyEnd<Result>(works: readonly Promise<Result>[]): AsyncGenerator<Result, void, undefined> {
  const ended: Promise<Result>[] = [];
  let wake = (): void => undefined;
  for (const work of works) {
    const note = (): void => {
      ended.push(work);
      wake();
    };
    work.then(note, note);
  }
  for (const _ of works) {
    if (ended.length === 0) await new Promise<void>((resolve) => (wake = resolve));
    const first = ended.shift();
    if (first !== undefined) yield await first;
  }
}
