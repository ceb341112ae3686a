import { NotFoundError, UsageError } from "../../errors.ts";
import { resolveContainers, resolvePodSandboxes } from "../../inventory/resolve.ts";
import { containerStats, idOf } from "../../stats/container-stats.ts";
import { containerUsage, isRunning, reportedUsage, withCgroups, withPods } from "../../stats/container-usage.ts";
import type { ContainerUsage } from "../../stats/container-usage.ts";
import { samples } from "../../stats/samples.ts";
import { containerCandidates, containerFlagCandidates, podCandidates } from "../candidates.ts";
import { command } from "../command.ts";
import { listFormats, listWords } from "../list.ts";
import { liveList, type Look, needsRates } from "../live-list.ts";
import { containerUsageKind } from "../views/container-usage.ts";
import { duration, label } from "../words.ts";

/** `crikit stats`: what containers use. */
export const stats = command({
  about:
    "CPU % is of one core, out of two samples --seconds apart; with --seconds 0 there is one sample, and the runtime's own rate where it has one. The JSON is one sample as the runtime tells it. -o wide adds what the cgroups of this machine say.",
  examples: [
    "crikit stats",
    "crikit stats web/nginx",
    "crikit stats -w --sort -cpu",
    "crikit stats -o wide --pod web",
    "crikit stats -w -s 5 -o jsonl",
  ],
  formats: listFormats,
  words: (words) =>
    listWords(words.argument("[container...]", "these alone: id, the start of it, NAME or POD/CONTAINER"))
      .option("-a, --all", "those that do not run as well")
      .option("--id <id>", "the one with this id, or the start of it")
      .option("-p, --pod <pod>", "those of this pod: its id, the start of it, or its name")
      .option("--label <key=value>", "those with this label; may be repeated", label)
      .option("-s, --seconds <duration>", "time between two samples (default: 1)", duration),
  complete: { container: containerCandidates, "--id": containerFlagCandidates["--id"], "--pod": podCandidates },
  run: async ({ args: [words], options }, context) => {
    const { seconds: intervalMs = 1_000, watch = false, all = false } = options;
    if (watch && intervalMs === 0) throw new UsageError("--watch needs --seconds above 0: the time between two looks");
    const { runtime, call } = await context.connect();
    const ids = words.length === 0 ? undefined : (await resolveContainers(runtime, words, call)).map(({ id }) => id);
    const [pod] = options.pod === undefined ? [] : await resolvePodSandboxes(runtime, [options.pod], call);
    const query = { ids, id: options.id, podSandboxId: pod?.id, labels: options.label };

    async function* looks(): AsyncGenerator<Look<ContainerUsage>> {
      const take = () => containerStats(runtime, query, call);
      const ofOneSample = intervalMs === 0 || !needsRates(options, context.format);
      for await (const { before, now } of samples(take, { intervalMs, signal: call.signal })) {
        // Who watches sees at once what is known at once.
        if (before === undefined && !ofOneSample && !(watch && context.isTty)) continue;
        const usages = ofOneSample ? reportedUsage(now) : containerUsage(before ?? [], now);
        const items = context.format === "wide" ? await withPods(await withCgroups(usages), runtime, call) : usages;
        const there = new Set(now.map(idOf));
        yield { items, failures: (ids ?? []).filter((id) => !there.has(id)).map(gone) };
      }
    }
    const shown = (usages: readonly ContainerUsage[]): readonly ContainerUsage[] =>
      all || ids !== undefined ? usages : usages.filter((usage) => isRunning(usage.stats));
    return liveList({ kind: containerUsageKind, looks, shown, options, context });
  },
});

function gone(id: string): NotFoundError {
  return new NotFoundError(`no container '${id}'`, { hint: "'crikit ps -a' shows what there is" });
}
