import { UsageError } from "../../errors.ts";
import { readyPodCandidates } from "../candidates.ts";
import { command } from "../command.ts";
import { diffView } from "../views/diff.ts";

/** `crikit diff`: what two pods share. */
export const diff = command({
  about:
    "One line for each kind of namespace. A pod's own are told by what its sandbox pinned, else by the sandbox's process, else by what its containers agree on; a container's by what its process is in. It is a report: the exit status is 0 whatever they share.",
  examples: ["crikit diff web db", "crikit diff web --host", "crikit diff web/app web/sidecar -o json"],
  words: (words) =>
    words
      .argument("<left>", "a pod or POD/CONTAINER: name or id")
      .argument("[right]", "what it is held against")
      .option("--host", "hold it against the host"),
  complete: { left: readyPodCandidates, right: readyPodCandidates },
  run: async ({ args: [left, right], options: { host = false } }, context) => {
    if (host === (right !== undefined)) throw new UsageError("name a second pod, or say --host: one of them");
    const line = await context.connect();
    const lookup = await import("../../lookup/diff.ts");
    return { data: await lookup.diff(line, [left, right], line.call), view: diffView };
  },
});
