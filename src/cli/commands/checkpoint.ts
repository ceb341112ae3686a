import { UsageError } from "../../errors.ts";
import { bulk, bulkFormats } from "../bulk.ts";
import { runningContainerCandidates } from "../candidates.ts";
import { command } from "../command.ts";
import { containerIdView } from "../views/made.ts";

/** `crikit checkpoint`: saves the state of a container that runs. */
export const checkpoint = command({
  about:
    "The runtime writes the archive, on its own machine, with the help of the program criu. The container goes on.",
  examples: ["crikit checkpoint -e /var/tmp/web.tar web"],
  formats: bulkFormats,
  words: (words) =>
    words
      .argument("<container...>", "ids, the start of them, or names")
      .requiredOption("-e, --export <path>", "the archive to write, on the runtime's machine"),
  complete: { container: runningContainerCandidates },
  run: async ({ args: [words], options: { export: location } }, context) => {
    const { resolveContainers } = await import("../../inventory/resolve.ts");
    const { runtime, call } = await context.connect();
    const targets = await resolveContainers(runtime, words, call);
    if (targets.length > 1) {
      throw new UsageError(`${targets.length} checkpoints do not fit into the one archive ${location}`, {
        hint: "checkpoint one container at a time, each to a path of its own",
      });
    }
    return bulk({
      targets,
      context,
      doing: "saving",
      work: async ({ id: containerId }) => {
        await runtime.checkpointContainer({ containerId, location }, call);
        return { containerId, location };
      },
      view: containerIdView,
    });
  },
});
