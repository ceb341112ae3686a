import { setTimeout as sleep } from "node:timers/promises";
import { CrikitError, type ErrorCode } from "../errors.ts";

/** Label on every pod sandbox and container of ours. Its value is new for each attempt to make one. */
export const attemptLabel = "crikit.dev/attempt";

/** Milliseconds that clean-up may take; it runs after a cancellation too, so it has a limit of its own. */
export const cleanUpMs = 60_000;

const uncertain: ReadonlySet<ErrorCode> = new Set(["cancelled", "deadline-exceeded", "connection-lost"]);

/** Whether the runtime may still be at work on what we asked. */
export function isUncertain(failure: unknown): boolean {
  return failure instanceof CrikitError && uncertain.has(failure.code);
}

/**
 * Looks for what a failed attempt has left, and lets `remove` take it away. One that we gave up on may show itself a little
 * later.
 */
export async function afterAttempt(failure: unknown, remove: () => Promise<void>): Promise<void> {
  const looks = isUncertain(failure) ? [0, 250, 1_000] : [0];
  for (const pauseMs of looks) {
    await sleep(pauseMs);
    await remove();
  }
}
