import { listPodSandboxes } from "../../inventory/list-pod-sandboxes.ts";
import { resolvePodSandboxes } from "../../inventory/resolve.ts";
import { stopPodSandbox } from "../../sandbox/stop-pod-sandbox.ts";
import { bulkFormats } from "../bulk.ts";
import { readyPodCandidates } from "../candidates.ts";
import { command } from "../command.ts";
import { endAll } from "../ended.ts";
import { endingWords, isNamed } from "../ending-words.ts";

/** `crikit stopp`: stops pod sandboxes, with all that runs in them. */
export const stopp = command({
  about: "Its containers are killed and its network is taken down; what is left is there until 'crikit rmp'.",
  examples: ["crikit stopp web", "crikit stopp shop/web blog", "crikit stopp -a --label app=web --dry-run"],
  formats: bulkFormats,
  words: (words) => endingWords(words.argument("[pod...]", "ids, the start of them, or names"), "every ready pod"),
  complete: { pod: readyPodCandidates },
  run: async ({ args: [words], options }, context) => {
    const named = isNamed(words, options, "pod");
    const line = await context.connect();
    const { runtime, call } = line;
    const targets = named
      ? await resolvePodSandboxes(runtime, words, call)
      : (await listPodSandboxes(runtime, { state: "ready", labels: options.label }, call)).map(({ id, metadata }) => ({
          id,
          name: metadata?.name,
        }));
    return endAll({
      targets,
      context,
      dryRun: options.dryRun,
      doing: "stopped",
      nothing: "no pod is ready",
      told: ({ id }) => `Stopped sandbox ${id}`,
      work: ({ id }) => stopPodSandbox(line, id, call),
    });
  },
});
