import { setTimeout as sleep } from "node:timers/promises";
import { RuntimeFailedError } from "../errors.ts";

/** Milliseconds between two tries, and how many there are: 2.1 takes five seconds to bury a start that was given up. */
const pauseMs = 200;
const tries = 150;

/**
 * What containerd says of what is in between: a shim that ends while it is asked is, and a network that somebody else takes
 * down at the same time.
 */
const unsettled =
  /\bin (?:starting|removing) state\b|\bttrpc: closed\b|failed to destroy network .*failed to delete "[^"]*": no such device/u;

/**
 * Does something to what the runtime may still be making: containerd refuses to remove a container that it is starting, also
 * when nobody waits for that any more, or fails to stop one whose shim is just ending. Tried again for some seconds then.
 *
 * @throws what `work` throws otherwise, and at last
 */
export async function onceSettled(work: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      const isUnsettled = error instanceof RuntimeFailedError && unsettled.test(error.answer);
      if (!isUnsettled || attempt === tries) throw error;
      await sleep(pauseMs);
    }
  }
}
