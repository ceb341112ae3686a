import { bytesFromWord } from "../../configs/words/resources.ts";
import { UsageError } from "../../errors.ts";
import { bulk, bulkFormats } from "../bulk.ts";
import { readyPodCandidates } from "../candidates.ts";
import { command } from "../command.ts";
import { between, resourcesOf, resourceWords } from "../resource-words.ts";
import { podIdView } from "../views/made.ts";

/** `crikit updatep`: tells the runtime what a pod's containers may use together. */
export const updatep = command({
  about: "The limits are the sum of what the containers ask for; what the sandbox itself costs is said beside them.",
  examples: ["crikit updatep --memory 256MiB --cpu-quota 200000 web"],
  formats: bulkFormats,
  words: (words) =>
    resourceWords(words.argument("<pod...>", "ids, the start of them, or names"))
      .option("--overhead-memory <size>", "memory that the sandbox itself costs", bytesFromWord)
      .option("--overhead-cpu-share <weight>", "CPU weight that the sandbox itself costs", between(2n, 262_144n)),
  complete: { pod: readyPodCandidates },
  run: async ({ args: [words], options }, context) => {
    const resources = resourcesOf(options);
    const overhead = resourcesOf({ memory: options.overheadMemory, cpuShare: options.overheadCpuShare });
    const [says, saysOverhead] = [resources, overhead].map((limits) => Object.keys(limits).length > 0);
    if (says !== true && saysOverhead !== true) throw new UsageError("say what to change");
    const [{ resolvePodSandboxes }, { mergeResources }] = await Promise.all([
      import("../../inventory/resolve.ts"),
      import("../../sandbox/resources.ts"),
    ]);
    const { runtime, call } = await context.connect();
    return bulk({
      targets: await resolvePodSandboxes(runtime, words, call),
      context,
      doing: "updating",
      work: async ({ id: podSandboxId }) => {
        const request = {
          podSandboxId,
          ...(says === true ? { resources: mergeResources({}, resources) } : {}),
          ...(saysOverhead === true ? { overhead: mergeResources({}, overhead) } : {}),
        };
        await runtime.updatePodSandboxResources(request, call);
        return { podSandboxId };
      },
      view: podIdView,
    });
  },
});
