import type { ContainerStatus } from "../../cri/messages.ts";
import { UsageError } from "../../errors.ts";
import { listContainers } from "../../inventory/list-containers.ts";
import { resolveContainers } from "../../inventory/resolve.ts";
import { containerCandidates, containerFlagCandidates } from "../candidates.ts";
import { command } from "../command.ts";
import { containerQuery, containerWords } from "../container-words.ts";
import { inspect as inspectAll, inspectFormats } from "../inspect.ts";
import { containerStatusView, inspectedContainer } from "../views/container-status.ts";

/** `crikit inspect`: all that the runtime says of containers. */
export const inspect = command({
  about: "A container is named by its id, the start of it, its name, or POD/NAME; or chosen by flags, as with ps.",
  examples: [
    "crikit inspect 3f5a",
    "crikit inspect web/app -o table",
    "crikit inspect --pod web -a -o yaml",
    "crikit inspect web/app -o go-template --template '{{.info.pid}}'",
  ],
  formats: inspectFormats,
  words: (words) =>
    containerWords(words.argument("[id...]", "ids or names"))
      .option("--id <id>", "the one with this id, or the start of it")
      .option("-q, --quiet", "the status alone, without the runtime's own info"),
  complete: { id: containerCandidates, ...containerFlagCandidates },
  run: async ({ args: [words], options }, context) => {
    const query = containerQuery(options);
    if (words.length > 0 && query !== undefined) throw new UsageError("name containers, or choose them by flags");
    if (words.length === 0 && query === undefined) {
      throw new UsageError("which container? name one, or choose by flags: -a for all");
    }
    const { runtime, image, call } = await context.connect();
    const chosen =
      query === undefined
        ? await resolveContainers(runtime, words, call)
        : await listContainers({ runtime, image }, query, call);
    return inspectAll({
      ids: chosen.map(({ id }) => id),
      look: async (containerId) => {
        const verbose = options.quiet !== true;
        const { status, info } = await runtime.containerStatus({ containerId, verbose }, call);
        // The client takes no answer without a status.
        return inspectedContainer(status as ContainerStatus, info);
      },
      view: containerStatusView,
    });
  },
});
