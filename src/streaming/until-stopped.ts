/**
 * What comes of a source until it ends or `stop` aborts, whichever is first. Nothing of what has come is kept: a race of
 * every promise against one that settles at the end (Promise.race) would keep all of them until then.
 */
export async function* untilStopped<Item>(source: AsyncIterable<Item>, stop: AbortSignal): AsyncGenerator<Item, void> {
  const iterator = source[Symbol.asyncIterator]();
  let awake = (): void => undefined;
  const abort = (): void => awake();
  stop.addEventListener("abort", abort);
  try {
    while (!stop.aborted) {
      const next = await new Promise<IteratorResult<Item> | undefined>((resolve, reject) => {
        awake = () => resolve(undefined);
        iterator.next().then(resolve, reject);
      });
      if (next === undefined || next.done === true) return;
      yield next.value;
    }
  } finally {
    stop.removeEventListener("abort", abort);
    // A generator that waits for its own source never comes back from this: not waited for.
    void iterator.return?.().catch(() => undefined);
  }
}
