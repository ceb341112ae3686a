import { type Container, ContainerState } from "../../cri/messages.ts";
import type { RuntimeService } from "../../cri/services.ts";
import { NotFoundError, UsageError } from "../../errors.ts";
import { resolveContainers, resolvePodSandboxes } from "../../inventory/resolve.ts";
import type { CallOptions } from "../../rpc/call-options.ts";
import { containerStats } from "../../stats/container-stats.ts";
import { containerUsage, type ContainerUsage, isRunning, withCgroups, withPods } from "../../stats/container-usage.ts";
import { type ProcessOfContainer, processesOf } from "../../stats/processes.ts";
import { pause, samples } from "../../stats/samples.ts";
import { type Ask, readyPodCandidates, runningContainerCandidates } from "../candidates.ts";
import { command } from "../command.ts";
import { listFormats, listWords } from "../list.ts";
import { liveList, type Look } from "../live-list.ts";
import { processesKind } from "../views/processes.ts";
import { topKind } from "../views/top.ts";
import { count, duration } from "../words.ts";

const containersAndPods: Ask = async (context, typed) => {
  const found = await Promise.all([runningContainerCandidates(context, typed), readyPodCandidates(context, typed)]);
  return found.flat();
};

/** `crikit top`: what uses most. */
export const top = command({
  about:
    "Without words the containers that run, those that use most CPU first; on a terminal again and again. With words the processes of those containers, or of all in those pods, which only the runtime's own machine can show.",
  examples: ["crikit top", "crikit top -n 5 --sort -mem", "crikit top web/nginx", "crikit top kube-system/coredns -w"],
  formats: listFormats,
  words: (words) =>
    listWords(words.argument("[container|pod...]", "whose processes: id, the start of it, NAME, POD/CONTAINER or POD"))
      .option("--no-watch", "print it once, on a terminal as well")
      .option("-n, --rows <count>", "at most so many rows", count)
      .option("-s, --seconds <duration>", "time between two looks (default: 1)", duration),
  complete: { "container|pod": containersAndPods },
  run: async ({ args: [words], options }, context) => {
    const { rows: limit, seconds: intervalMs = 1_000 } = options;
    if (intervalMs === 0) throw new UsageError("--seconds has to be above 0: the time between two looks");
    const line = await context.connect();
    const { runtime, call } = line;
    if (words.length > 0) {
      const containers = await containersMeant(runtime, words, call);
      async function* looks(): AsyncGenerator<Look<ProcessOfContainer>> {
        for (;;) {
          const { processes: items, failures } = await processesOf(containers, line.endpoint);
          yield { items, failures };
          await pause(intervalMs, call.signal);
        }
      }
      return liveList({ kind: processesKind(containers.length > 1), looks, limit, options, context });
    }

    const watch = options.watch ?? (context.isTty && context.format === "table");
    async function* looks(): AsyncGenerator<Look<ContainerUsage>> {
      const take = async () => (await containerStats(runtime, {}, call)).filter(isRunning);
      for await (const { before, now } of samples(take, { intervalMs, signal: call.signal })) {
        // Who watches sees at once what is known at once.
        if (before === undefined && !(watch && context.isTty)) continue;
        const usages = await withPods(containerUsage(before ?? [], now), runtime, call);
        yield { items: context.format === "wide" ? await withCgroups(usages) : usages };
      }
    }
    return liveList({ kind: topKind, looks, limit, options: { sort: "-cpu", ...options, watch }, context });
  },
});

/** The containers that words mean, which may name pods too. Two lists, whatever the words. */
async function containersMeant(
  runtime: RuntimeService,
  words: readonly string[],
  call: CallOptions,
): Promise<readonly Container[]> {
  const [containers, pods] = await Promise.all([runtime.listContainers({}, call), runtime.listPodSandbox({}, call)]);
  const listed = { listContainers: async () => containers, listPodSandbox: async () => pods };
  const meant = new Set<Container>();
  for (const word of words) {
    const inWord = (await inContainer(word)) ?? (await inPod(word));
    if (inWord === undefined) {
      throw new NotFoundError(`no container and no pod sandbox '${word}'`, {
        hint: "'crikit ps -a' shows what there is",
      });
    }
    for (const container of inWord) meant.add(container);
  }
  return [...meant];

  async function inContainer(word: string): Promise<readonly Container[] | undefined> {
    const ids = new Set((await found(resolveContainers(listed, [word]))).map(({ id }) => id));
    const those = containers.containers.filter(({ id }) => ids.has(id));
    return those.length === 0 ? undefined : those;
  }

  async function inPod(word: string): Promise<readonly Container[] | undefined> {
    const ids = new Set((await found(resolvePodSandboxes(listed, [word]))).map(({ id }) => id));
    if (!pods.items.some(({ id }) => ids.has(id))) return undefined;
    return containers.containers.filter(
      ({ podSandboxId, state }) => ids.has(podSandboxId) && state === ContainerState.CONTAINER_RUNNING,
    );
  }
}

async function found<Result>(resolved: Promise<readonly Result[]>): Promise<readonly Result[]> {
  try {
    return await resolved;
  } catch (error) {
    if (error instanceof NotFoundError) return [];
    throw error;
  }
}
