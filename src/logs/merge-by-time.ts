import { setTimeout as sleep } from "node:timers/promises";
import { timeOf } from "./log-entry.ts";

/** One of several logs, as its lines are read. */
interface Source<Line> {
  readonly batches: AsyncIterator<readonly Line[]>;
  waiting: Promise<void> | undefined;
  lines: Line[];
  isOver: boolean;
}

/**
 * Lines of several logs, in the order of their times. A log that is silent holds the others up no longer than `patienceMs`;
 * without that, until it says something or ends.
 *
 * @throws whatever reading one of them throws; the others are ended then
 */
export async function* mergeByTime<Line extends { readonly time: string }>(
  logs: readonly AsyncIterable<readonly Line[]>[],
  patienceMs = Infinity,
): AsyncGenerator<readonly Line[]> {
  const sources = logs.map((log): Source<Line> => ({
    batches: log[Symbol.asyncIterator](),
    waiting: undefined,
    lines: [],
    isOver: false,
  }));
  try {
    while (sources.some(({ isOver, lines }) => !isOver || lines.length > 0)) {
      const silent = sources.filter(({ isOver, lines }) => !isOver && lines.length === 0);
      if (silent.length > 0 && (await oneSpeaks(silent, sources, patienceMs))) continue;
      yield inOrder(sources);
    }
  } finally {
    // Not waited for: a log that is silent ends at its next look, which may be never.
    for (const { batches } of sources) batches.return?.().catch(() => undefined);
  }
}

/** Waits for a silent log to say something or to end. @returns false when there is enough to go on with */
async function oneSpeaks<Line>(
  silent: readonly Source<Line>[],
  all: readonly Source<Line>[],
  patienceMs: number,
): Promise<boolean> {
  const spoken = silent.map((source) => (source.waiting ??= read(source)));
  const hasMore = all.some(({ lines }) => lines.length > 0);
  if (!hasMore || patienceMs === Infinity) {
    await Promise.race(spoken);
    return true;
  }
  const controller = new AbortController();
  const waited = sleep(patienceMs, false, { signal: controller.signal }).catch(() => true);
  const isSpoken = await Promise.race([...spoken.map((one) => one.then(() => true)), waited]);
  controller.abort();
  return isSpoken;
}

async function read<Line>(source: Source<Line>): Promise<void> {
  const { done, value } = await source.batches.next();
  if (done === true) source.isOver = true;
  else source.lines = [...value];
  source.waiting = undefined;
}

/** The lines that are there, the earliest first, until one of the logs has none left. */
function inOrder<Line extends { readonly time: string }>(sources: readonly Source<Line>[]): readonly Line[] {
  const merged: Line[] = [];
  const speaking = sources
    .filter(({ lines }) => lines.length > 0)
    .map((source) => ({ source, next: 0, head: timeOf(source.lines[0] as Line) ?? 0n }));
  for (;;) {
    const [first, ...others] = speaking;
    if (first === undefined) return merged;
    const earliest = others.reduce((best, other) => (other.head < best.head ? other : best), first);
    const { source } = earliest;
    merged.push(source.lines[earliest.next++] as Line);
    const following = source.lines[earliest.next];
    if (following === undefined) {
      for (const each of speaking) each.source.lines = each.source.lines.slice(each.next);
      return merged;
    }
    // A line that has no time of its own belongs to the one before it.
    earliest.head = timeOf(following) ?? earliest.head;
  }
}
