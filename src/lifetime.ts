/**
 * Things to undo when a block ends, last made first undone. Every step runs even if one before it failed; then one
 * `AggregateError` tells them all. (`AsyncDisposableStack` does this from Node 24 on; we also run on 20 and 22.)
 */
export class Scope implements AsyncDisposable {
  #steps: (() => Promise<unknown>)[] = [];

  /** Undoes `resource` when the scope ends. Returns it, so that it can be made and noted in one line. */
  use<T extends AsyncDisposable>(resource: T): T {
    this.#steps.push(() => Promise.resolve(resource[Symbol.asyncDispose]()));
    return resource;
  }

  /** Runs `step` when the scope ends. */
  defer(step: () => Promise<unknown>): void {
    this.#steps.push(step);
  }

  /** Undoes nothing after all: what was made belongs to the caller now. */
  keep(): void {
    this.#steps = [];
  }

  /** Hands every step to a new scope and leaves this one empty. */
  move(): Scope {
    const moved = new Scope();
    moved.#steps = this.#steps;
    this.#steps = [];
    return moved;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const failed: unknown[] = [];
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      try {
        await step(); // one after the other: a container goes before its sandbox
      } catch (error) {
        failed.push(error);
      }
    }
    if (failed.length > 0) throw new AggregateError(failed, `${failed.length} clean-up steps failed`);
  }
}
