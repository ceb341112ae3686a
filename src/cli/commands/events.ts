import type { RuntimeEvent } from "../../events/runtime-event.ts";
import { watchEvents, type Gap } from "../../events/watch-events.ts";
import { command } from "../command.ts";
import type { Context } from "../context.ts";
import { eventFilter, isWanted, type EventFilters } from "../event-filter.ts";
import type { Flow } from "../outcome.ts";
import { untilInterrupted } from "../until-interrupted.ts";
import { eventHead, eventJson, eventLine } from "../views/event.ts";

/** `crikit events`: what happens to pods and containers, as it happens. */
export const events = command({
  about:
    "Shows CRI's events, and containerd's own where the runtime has none of CRI. When the runtime is restarted it is waited for, and what has happened meanwhile is found by looking: its source is 'look'. Filters are type=created|started|stopped|deleted, pod=NAME, container=NAME, namespace=NAME, id=START, label=KEY=VALUE; of several with one name one has to fit, of different ones each.",
  examples: [
    "crikit events",
    "crikit events -f type=stopped -f namespace=kube-system",
    "crikit events -o jsonl -f pod=web -f label=app=shop",
  ],
  formats: ["table", "jsonl", "json", "yaml", "go-template"],
  crictlFormat: "json",
  words: (words) => words.option("-f, --filter <name=value>", "what to show; may be repeated", eventFilter),
  run: async ({ options: { filter } }, context) => {
    const found = await wanted(filter, context);
    const shown: AsyncIterable<unknown> = context.format === "table" ? lines(found) : documents(found);
    const flow: Flow<unknown> = {
      items: untilInterrupted(shown, context.signal),
      view: (item, terminal) => (typeof item === "string" ? item : eventLine(item as RuntimeEvent, terminal)),
    };
    return flow;
  },
});

async function wanted(filters: EventFilters | undefined, context: Context): Promise<AsyncIterable<RuntimeEvent>> {
  const line = await context.connect();
  const events = watchEvents(line, {
    signal: context.signal,
    timeoutMs: line.call.timeoutMs,
    now: () => BigInt(Date.now()) * 1_000_000n,
    onGap: (gap) => context.note(sentence(gap)),
  });
  return (async function* () {
    for await (const event of events) if (isWanted(event, filters)) yield event;
  })();
}

function sentence(gap: Gap): string {
  return gap.is === "lost"
    ? `no more events: ${gap.cause.message}; waiting for the runtime`
    : "the runtime is back: what has happened meanwhile is looked for";
}

async function* lines(events: AsyncIterable<RuntimeEvent>): AsyncGenerator<string | RuntimeEvent> {
  yield eventHead();
  yield* events;
}

async function* documents(events: AsyncIterable<RuntimeEvent>): AsyncGenerator<object> {
  for await (const event of events) yield eventJson(event);
}
