/** What flows, to the moment somebody interrupts it: that is the end that was waited for, and no failure. */
export async function* untilInterrupted<Item>(
  items: AsyncIterable<Item>,
  signal: AbortSignal,
): AsyncGenerator<Item, void, undefined> {
  try {
    yield* items;
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
