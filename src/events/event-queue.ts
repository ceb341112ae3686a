/** Things that are put in at one end as they come, and taken out at the other by whoever waits for them. */
export class EventQueue<Item> {
  readonly #items: Item[] = [];
  #wake: (() => void) | undefined;
  #failure: { readonly error: unknown } | undefined;
  #isClosed = false;

  /** Puts an item in. */
  push(item: Item): void {
    this.#items.push(item);
    this.#wake?.();
  }

  /** Puts an item in that is not in already: to have it twice would say no more. */
  pushOnce(item: Item): void {
    if (!this.#items.includes(item)) this.push(item);
  }

  /** Nothing more comes. What is in is still taken out. */
  close(): void {
    this.#isClosed = true;
    this.#wake?.();
  }

  /** Nothing more comes, because of a failure, which whoever takes gets behind what is in. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.close();
  }

  /** Takes out what is in from the front on, as long as it is of a kind. */
  takeWhile<Kind extends Item>(isOfKind: (item: Item) => item is Kind): readonly Kind[] {
    const taken: Kind[] = [];
    for (const item of this.#items) {
      if (!isOfKind(item)) break;
      taken.push(item);
    }
    this.#items.splice(0, taken.length);
    return taken;
  }

  /** Takes out what comes, until the queue is closed. */
  async *take(): AsyncGenerator<Item> {
    for (;;) {
      const item = this.#items.shift();
      if (item !== undefined) {
        yield item;
        continue;
      }
      if (this.#failure !== undefined) throw this.#failure.error;
      if (this.#isClosed) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
