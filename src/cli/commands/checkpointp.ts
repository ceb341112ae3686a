import { containerCandidates, readyPodCandidates } from "../candidates.ts";
import { command } from "../command.ts";
import { podIdView } from "../views/made.ts";
import { collect, label } from "../words.ts";

/** `crikit checkpointp`: saves the state of a pod. */
export const checkpointp = command({
  about: "The runtime writes it, on its own machine.",
  examples: ["crikit checkpointp -e /var/tmp/web web", "crikit checkpointp -e /var/tmp/web --container app web"],
  formats: ["text", "json", "yaml"],
  words: (words) =>
    words
      .argument("<pod>", "id, the start of it, or name")
      .requiredOption("-e, --export <path>", "where to write it, on the runtime's machine")
      .option("--container <container>", "only this one of its containers; repeatable", collect)
      .option("--option <key=value>", "a setting that the runtime defines; repeatable", label),
  complete: { pod: readyPodCandidates, "--container": containerCandidates },
  run: async ({ args: [word], options: { export: outputPath, container = [], option = {} } }, context) => {
    const { resolveContainers, resolvePodSandboxes } = await import("../../inventory/resolve.ts");
    const { runtime, call } = await context.connect();
    const [pod] = await resolvePodSandboxes(runtime, [word], call);
    const containers = container.length === 0 ? [] : await resolveContainers(runtime, container, call);
    const podSandboxId = pod?.id ?? word;
    const containerIds = containers.map(({ id }) => id);
    context.say("saving");
    await runtime.checkpointPod({ podSandboxId, outputPath, containerIds, options: { ...option } }, call);
    return { data: { podSandboxId, outputPath, containerIds }, view: podIdView };
  },
});
