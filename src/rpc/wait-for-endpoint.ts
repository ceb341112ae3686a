import { setTimeout as sleep } from "node:timers/promises";
import { diagnose } from "./diagnose.ts";
import { parseEndpoint } from "./endpoint.ts";

/** Milliseconds between two knocks: the first pause, then twice as long each time up to the longest, as crictl has it. */
const pauses = { firstMs: 500, longestMs: 5_000 };
/** How long a socket may take to say who it is, before it counts as there. */
const knockMs = 1_000;

/**
 * Waits for a socket that is not there yet, as after the start of a machine: knocks again, up to `retries` times. Does not
 * fail: the first call on the endpoint says best what is wrong with it.
 *
 * @param retries less than none is for ever
 * @throws {UsageError} when `text` is no endpoint
 * @throws the signal's reason when it aborts
 */
export async function waitForEndpoint(text: string, retries: number, signal?: AbortSignal): Promise<void> {
  const endpoint = parseEndpoint(text);
  for (let attempt = 0, pauseMs = pauses.firstMs; retries < 0 || attempt < retries; attempt++) {
    const { state } = await diagnose(endpoint, knockMs);
    if (state !== "missing" && state !== "refused") return;
    try {
      await sleep(pauseMs, undefined, { signal });
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    }
    pauseMs = Math.min(2 * pauseMs, pauses.longestMs);
  }
}
