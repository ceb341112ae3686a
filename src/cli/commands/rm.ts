import { ContainerState } from "../../cri/messages.ts";
import { HostError } from "../../errors.ts";
import { listContainers } from "../../inventory/list-containers.ts";
import { resolveContainers } from "../../inventory/resolve.ts";
import { removeLog } from "../../logs/remove-log.ts";
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
    const { runtime, call, endpoint } = line;
    const targets = named
      ? await resolveContainers(runtime, words, call)
      : (await listContainers(line, { labels: options.label }, call)).map(({ id, metadata }) => ({
          id,
          name: metadata?.name,
        }));
    return endAll({
      targets,
      context,
      dryRun: options.dryRun,
      doing: "removed",
      nothing: "there is no container",
      told: ({ id }) => id,
      work: async ({ id: containerId, name }) => {
        const { status } = await runtime.containerStatus({ containerId }, call);
        if (status?.state === ContainerState.CONTAINER_RUNNING) {
          if (options.force !== true) throw stillRuns(status.metadata?.name ?? name ?? containerId, containerId);
          await runtime.stopContainer({ containerId, timeout: 0n }, call);
        }
        await runtime.removeContainer({ containerId }, call);
        const logPath = status?.logPath ?? "";
        if (options.keepLogs === true || logPath === "" || !endpoint.startsWith("unix:")) return {};
        return { removedLogs: await removeLogOf(containerId, logPath) };
      },
    });
  },
});

function stillRuns(name: string, id: string): HostError {
  return new HostError(`container ${name} (${id}) still runs, and was not removed`, {
    hint: `stop it first, or kill and remove it: crikit rm -f ${id.slice(0, 13)}`,
  });
}

async function removeLogOf(containerId: string, path: string): Promise<readonly string[]> {
  try {
    return await removeLog(path);
  } catch (error) {
    const errno = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new HostError(`container ${containerId} is removed, its log ${path} is not (${errno})`, { cause: error });
  }
}
