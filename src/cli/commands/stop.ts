import { listContainers } from "../../inventory/list-containers.ts";
import { resolveContainers } from "../../inventory/resolve.ts";
import { onceSettled } from "../../sandbox/once-settled.ts";
import { unlessGone } from "../../sandbox/unless-gone.ts";
import { bulkFormats } from "../bulk.ts";
import { command } from "../command.ts";
import { endAll } from "../ended.ts";
import { endingWords, isNamed } from "../ending-words.ts";
import { runningContainerCandidates } from "../candidates.ts";
import { graceSeconds } from "../words.ts";

/** What Docker and kubelet's users expect. crictl has 0, which kills at once. */
const usualGraceSeconds = 10;

/** `crikit stop`: asks containers to end, and ends those that do not. */
export const stop = command({
  about: `A container is sent its stop signal, and is killed when it still runs after the time of -t: ${usualGraceSeconds} seconds, or 0 under the name crictl.`,
  examples: ["crikit stop web/app", "crikit stop -t 0 3f5a 77be", "crikit stop -a --label app=web --dry-run"],
  formats: bulkFormats,
  words: (words) =>
    endingWords(words.argument("[container...]", "ids, the start of them, or names"), "every running container").option(
      "-t, --timeout <seconds>",
      "how long it may take by itself, 0 to kill at once",
      graceSeconds,
    ),
  complete: { container: runningContainerCandidates },
  run: async ({ args: [words], options }, context) => {
    const named = isNamed(words, options, "container");
    const line = await context.connect();
    const { runtime, call } = line;
    // crictl's -a names the others as well; to stop what has stopped is harmless.
    const state = context.invokedAs === "crictl" ? undefined : "running";
    const targets = named
      ? await resolveContainers(runtime, words, call)
      : (await listContainers(line, { state, labels: options.label }, call)).map(({ id, metadata }) => ({
          id,
          name: metadata?.name,
        }));
    const grace = options.timeout ?? (context.invokedAs === "crictl" ? 0 : usualGraceSeconds);
    // The letter and the word are the grace here, as in crictl. Before the command they are each RPC's time: on top, then.
    const timeoutMs = call.timeoutMs === undefined ? undefined : call.timeoutMs + grace * 1_000;
    return endAll({
      targets,
      context,
      dryRun: options.dryRun,
      doing: "stopped",
      nothing: "no container runs",
      told: ({ id }) => id,
      work: async ({ id: containerId }) => {
        await onceSettled(async () => {
          await unlessGone(runtime.stopContainer({ containerId, timeout: BigInt(grace) }, { ...call, timeoutMs }));
        });
      },
    });
  },
});
