/** Lets a few works through at a time. */
export interface Gate {
  /** Waits for room, then does it. What is `urgent` goes before whatever else waits. */
  pass<Result>(work: () => Promise<Result>, options?: { readonly urgent?: boolean }): Promise<Result>;
}

/** Makes a gate. @param width how many are let through at once */
export function createGate(width: number): Gate {
  const urgentOnes: (() => void)[] = [];
  const others: (() => void)[] = [];
  let room = width;
  const enter = async (queue: (() => void)[]): Promise<void> => {
    if (room > 0) room--;
    else await new Promise<void>((resolve) => queue.push(resolve));
  };
  const leave = (): void => {
    const next = urgentOnes.shift() ?? others.shift();
    if (next === undefined) room++;
    else next(); // takes the room that is left
  };
  return {
    async pass(work, { urgent = false } = {}) {
      await enter(urgent ? urgentOnes : others);
      try {
        return await work();
      } finally {
        leave();
      }
    },
  };
}
