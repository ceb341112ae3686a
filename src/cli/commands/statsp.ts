import { NotFoundError, UsageError } from "../../errors.ts";
import { resolvePodSandboxes } from "../../inventory/resolve.ts";
import type { RuntimeService } from "../../cri/services.ts";
import type { CallOptions } from "../../rpc/call-options.ts";
import { podsToMeasure } from "../../stats/pods-to-measure.ts";
import { podUsage, type PodToMeasure, type PodUsage } from "../../stats/pod-usage.ts";
import { podStatsConcurrency } from "../../stats/pod-stats-concurrency.ts";
import { pause } from "../../stats/samples.ts";
import { unmeasuredPods } from "../../stats/unmeasured-pods.ts";
import { podIdCandidates, readyPodCandidates } from "../candidates.ts";
import { command } from "../command.ts";
import type { Context } from "../context.ts";
import { listFormats, listWords, needsJson, type ListOptions } from "../list.ts";
import { liveList, type Look, needsRates } from "../live-list.ts";
import type { Flow, Outcome } from "../outcome.ts";
import { podUsageKind, podUsageRows, widestOf } from "../views/pod-usage.ts";
import { duration, label } from "../words.ts";

/** `crikit statsp`: what pod sandboxes use. */
export const statsp = command({
  about:
    "Each pod is asked for by itself: one that cannot be measured is told, and the others are shown. CPU % is of one core, out of two samples --seconds apart; with --seconds 0 there is one sample, and the runtime's own rate where it has one. The JSON is one sample as the runtime tells it.",
  examples: [
    "crikit statsp",
    "crikit statsp kube-system/coredns -o wide",
    "crikit statsp -w --sort -cpu",
    "crikit statsp --label app=web -o json",
  ],
  formats: listFormats,
  words: (words) =>
    listWords(words.argument("[pod...]", "these alone: id, the start of it, POD or NAMESPACE/POD"))
      .option("--id <id>", "the one with this id, or the start of it")
      .option("--label <key=value>", "those with this label; may be repeated", label)
      .option("-s, --seconds <duration>", "time between two samples (default: 1)", duration),
  complete: { pod: readyPodCandidates, "--id": podIdCandidates },
  run: async ({ args: [words], options }, context) => {
    const { seconds: intervalMs = 1_000, watch = false, label: labels, id } = options;
    if (watch && intervalMs === 0) throw new UsageError("--watch needs --seconds above 0: the time between two looks");
    if (words.length > 0 && (id ?? labels) !== undefined) {
      throw new UsageError("name pods, or choose them with --id and --label");
    }
    const { runtime, call } = await context.connect();
    const named = words.length === 0 ? undefined : await podsNamed(runtime, words, call);
    const pods = async (): Promise<readonly PodToMeasure[]> => named ?? podsToMeasure(runtime, { id, labels }, call);
    const since = needsRates(options, context.format) ? intervalMs : 0;
    const concurrency = named?.length === 1 ? 1 : await podStatsConcurrency(runtime, call);
    if (!watch && canComeRowByRow(options, context)) {
      const found = await pods();
      return rowByRow(found, podUsage(runtime, found, { ...call, since, concurrency }), { options, context });
    }

    async function* looks(): AsyncGenerator<Look<PodUsage>> {
      // Who watches sees at once what is known at once.
      let before = watch && context.isTty ? new Map<string, PodUsage>() : undefined;
      for (;;) {
        const usages: PodUsage[] = [];
        const how = { ...call, concurrency, since: since === 0 ? 0 : (before ?? since) };
        const measured = podUsage(runtime, await pods(), how);
        for await (const usage of measured) usages.push(usage);
        usages.sort((a, b) => (a.pod.id < b.pod.id ? -1 : 1));
        const items = usages.filter(needsJson(context.format) ? isMeasured : isThere);
        yield { items, failures: unmeasuredPods(usages) };
        before = new Map(usages.map((usage) => [usage.pod.id, usage]));
        await pause(intervalMs, call.signal);
      }
    }
    return liveList({ kind: podUsageKind(context.format), looks, options, context });
  },
});

/** The pods that words mean. Their names are known where the runtime had to be asked. */
async function podsNamed(
  runtime: RuntimeService,
  words: readonly string[],
  call: CallOptions,
): Promise<readonly PodToMeasure[]> {
  const listed = new Map<string, PodToMeasure>();
  const listPodSandbox: RuntimeService["listPodSandbox"] = async (request, options) => {
    const answer = await runtime.listPodSandbox(request, options);
    for (const pod of answer.items) listed.set(pod.id, pod);
    return answer;
  };
  const found = await resolvePodSandboxes({ ...runtime, listPodSandbox }, words, call);
  return found.map(({ id }) => listed.get(id) ?? { id });
}

/** Where somebody watches, or reads line by line, and nothing has to be known of all pods first. */
function canComeRowByRow(options: ListOptions, { format, isTty }: Context): boolean {
  if (options.sort !== undefined) return false;
  return format === "jsonl" || (format === "table" && isTty && options.quiet !== true);
}

function rowByRow(
  pods: readonly PodToMeasure[],
  usages: AsyncIterable<PodUsage>,
  { options, context }: { readonly options: ListOptions; readonly context: Context },
): Outcome<unknown> {
  const full = options.trunc === false;
  const widest = widestOf(pods, full);
  const seen: PodUsage[] = [];
  const { toJson } = podUsageKind(context.format);
  async function* items(): AsyncGenerator<PodUsage | "head"> {
    yield "head";
    for await (const usage of usages) {
      seen.push(usage);
      if (isThere(usage)) yield usage;
      context.say(`measuring (${seen.length} of ${pods.length} pods done)`);
    }
  }
  const flow: Flow<PodUsage | "head"> = {
    items: items(),
    view: (item, { color, now }) => {
      const { head, row } = podUsageRows(widest, { now, full }, { color });
      return item === "head" ? head : row(item);
    },
    lines: (item) => (item !== "head" && isMeasured(item) ? [toJson(item)] : []),
    failures: () => unmeasuredPods(seen),
  };
  return flow as Flow<unknown>;
}

function isMeasured({ stats }: PodUsage): boolean {
  return stats !== undefined;
}

/** One that is gone is told, and has no row. */
function isThere({ failure }: PodUsage): boolean {
  return !(failure instanceof NotFoundError);
}
