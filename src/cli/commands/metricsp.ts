import { ListPodSandboxMetricsResponse } from "../../cri/messages.ts";
import { toProtoJson } from "../../cri/protojson.ts";
import { UsageError } from "../../errors.ts";
import { samples } from "../../stats/samples.ts";
import { command } from "../command.ts";
import type { Outcome } from "../outcome.ts";
import { untilInterrupted } from "../until-interrupted.ts";
import { metricsView } from "../views/metrics.ts";
import { duration } from "../words.ts";

/** The answer as crictl prints it. */
interface Metrics {
  readonly podMetrics: readonly unknown[];
}

/** `crikit metricsp`: the metrics of pod sandboxes and their containers. */
export const metricsp = command({
  about: "'crikit metricdescs' says what they mean.",
  examples: ["crikit metricsp", "crikit metricsp -o table", "crikit metricsp -w -o jsonl"],
  formats: ["json", "jsonl", "yaml", "go-template", "table"],
  words: (words) =>
    words
      .option("-w, --watch", "print them again and again, until interrupted")
      .option("-s, --seconds <duration>", "time between two looks (default: 1)", duration),
  run: async ({ options }, context): Promise<Outcome<Metrics>> => {
    const { seconds: intervalMs = 1_000, watch = false } = options;
    if (watch && intervalMs === 0) throw new UsageError("--watch needs --seconds above 0: the time between two looks");
    const { runtime, call } = await context.connect();
    const take = async (): Promise<Metrics> =>
      toProtoJson(ListPodSandboxMetricsResponse, await runtime.listPodSandboxMetrics({}, call)) as Metrics;
    if (!watch) {
      const metrics = await take();
      return { data: metrics, view: metricsView, lines: metrics.podMetrics };
    }
    async function* looks(): AsyncGenerator<Metrics> {
      for await (const { now } of samples(take, { intervalMs, signal: call.signal })) yield now;
    }
    return {
      items: untilInterrupted(looks(), context.signal),
      view: metricsView,
      lines: ({ podMetrics }) => podMetrics,
      redraw: context.format === "table",
    };
  },
});
