import { DeadlineExceededError } from "../../errors.ts";
import { resolveContainers } from "../../inventory/resolve.ts";
import { waitForExits } from "../../sandbox/wait-for-exit.ts";
import { containerCandidates } from "../candidates.ts";
import { command } from "../command.ts";
import type { Flow } from "../outcome.ts";
import { printable } from "../views/printable.ts";
import { duration } from "../words.ts";

/** A container that has ended. */
interface Waited {
  readonly id: string;
  readonly name: string | undefined;
  readonly exitCode: number;
  /** The runtime's word, such as `Completed`. */
  readonly reason: string;
}

/** `crikit wait`: waits for containers to end, and ends as they did. */
export const wait = command({
  about:
    "Prints the exit code of the container; of several, a line with name and code each, as they end. Exits with that code; of several with the first, in the order they were named, that is not 0.",
  examples: ["crikit wait web/job", "crikit wait --within 5m one two", "crikit wait -o json 3f5a"],
  formats: ["text", "json", "jsonl", "yaml"],
  words: (words) =>
    words
      .argument("<container...>", "ids, the start of them, or names")
      .option("--within <duration>", "give up after so long, and leave the containers alone", duration),
  complete: { container: containerCandidates },
  run: async ({ args: [words], options: { within } }, context) => {
    const line = await context.connect();
    const containers = await resolveContainers(line.runtime, words, line.call);
    const limit = within === undefined ? undefined : AbortSignal.timeout(within);
    const signal = limit === undefined ? context.signal : AbortSignal.any([context.signal, limit]);
    context.say(`waiting for ${containers.length === 1 ? "the container" : `${containers.length} containers`}`);
    const exits = waitForExits(
      line,
      containers.map(({ id }) => id),
      { ...line.call, signal },
    );
    const codes: number[] = [];
    const failures: unknown[] = [];
    const outcomes = exits.map(async (exit, at): Promise<readonly Waited[]> => {
      const { id, name } = containers[at] ?? { id: "", name: undefined };
      try {
        const { exitCode, reason } = await exit;
        codes[at] = exitCode;
        return [{ id, name, exitCode, reason }];
      } catch (error) {
        failures.push(limit?.aborted === true && !context.signal.aborted ? stillRuns(name ?? id, error) : error);
        return [];
      }
    });
    const outcome: Flow<Waited> = {
      items: asTheyEnd(outcomes),
      view: ({ id, name, exitCode }) =>
        containers.length === 1 ? String(exitCode) : `${printable(name ?? id)} ${exitCode}`,
      failures: () => failures,
      exitCode: () => codes.find((code) => code !== 0 && code !== undefined) ?? 0,
    };
    return outcome as Flow<unknown>;
  },
});

function stillRuns(name: string, cause: unknown): DeadlineExceededError {
  return new DeadlineExceededError(`container ${name} did not end in time`, { cause });
}

async function* asTheyEnd<Item>(promises: readonly Promise<readonly Item[]>[]): AsyncGenerator<Item> {
  const waiting = new Map(promises.map((promise, at) => [at, promise.then((items) => ({ at, items }))]));
  while (waiting.size > 0) {
    const { at, items } = await Promise.race(waiting.values());
    waiting.delete(at);
    yield* items;
  }
}
