import { ContainerState } from "../../cri/messages.ts";
import { listContainers } from "../../inventory/list-containers.ts";
import { resolveContainers } from "../../inventory/resolve.ts";
import { removeContainer, stillRuns } from "../../sandbox/remove-container.ts";
import { bulkFormats } from "../bulk.ts";
import { containerCandidates } from "../candidates.ts";
import { command } from "../command.ts";
import { endAll } from "../ended.ts";
import { endingWords, isNamed } from "../ending-words.ts";

/** `crikit rm`: removes containers, and their logs. */
export const rm = command({
  about:
    "A container that runs is removed under -f only, and is killed then. Its log file and what that was rotated into go with it, where they are files of this machine.",
  examples: ["crikit rm web/app", "crikit rm -f 3f5a 77be", "crikit rm -a --label app=web --dry-run"],
  formats: bulkFormats,
  words: (words) =>
    endingWords(words.argument("[container...]", "ids, the start of them, or names"), "every container")
      .option("-f, --force", "kill what still runs")
      .option("-k, --keep-logs", "leave the log files"),
  complete: { container: containerCandidates },
  run: async ({ args: [words], options }, context) => {
    const named = isNamed(words, options, "container");
    const line = await context.connect();
    const { runtime, call } = line;
    const { force, keepLogs } = options;
    const listed = named ? [] : await listContainers(line, { labels: options.label }, call);
    const targets = named
      ? await resolveContainers(runtime, words, call)
      : listed.map(({ id, metadata }) => ({ id, name: metadata?.name }));
    const states = new Map(listed.map(({ id, state }) => [id, state]));
    const stateOf = async (containerId: string): Promise<ContainerState | undefined> =>
      states.get(containerId) ?? (await runtime.containerStatus({ containerId }, call)).status?.state;
    return endAll({
      targets,
      context,
      dryRun: options.dryRun,
      doing: "removed",
      nothing: "there is no container",
      told: ({ id }) => id,
      work: async ({ id }) => ({ removedLogs: await removeContainer(line, id, { ...call, force, keepLogs }) }),
      rehearse: async ({ id, name }) => {
        const runs = (await stateOf(id)) === ContainerState.CONTAINER_RUNNING;
        if (runs && force !== true) throw stillRuns(name, id);
      },
    });
  },
});
