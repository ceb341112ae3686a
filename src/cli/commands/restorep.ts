import { RestoredContainer } from "../../cri/messages.ts";
import { handlerCandidates } from "../candidates.ts";
import { command } from "../command.ts";
import { configReader, lenientWords } from "../read-configs.ts";
import { podIdView } from "../views/made.ts";
import { collect, label } from "../words.ts";

/** `crikit restorep`: makes a pod from a state that was saved. */
export const restorep = command({
  about: "The configs say what is to be other than it was; each container's belongs to the saved one of the same name.",
  examples: ["crikit restorep /var/tmp/web", "crikit restorep /var/tmp/web pod.json --container-config app.json"],
  formats: ["text", "json", "yaml"],
  words: (words) =>
    lenientWords(
      words
        .argument("<path>", "what 'crikit checkpointp' wrote, on the runtime's machine")
        .argument("[pod-config]", "JSON or YAML; - for standard input")
        .option("-r, --runtime <handler>", "which of the runtime's handlers runs it (default: the runtime's own)")
        .option("--container-config <file>", "config of one of its containers; repeatable", collect)
        .option("--option <key=value>", "a setting that the runtime defines; repeatable", label),
    ),
  complete: { "--runtime": handlerCandidates },
  run: async ({ args: [checkpointPath, podPath], options }, context) => {
    const { runtime: runtimeHandler = "", containerConfig: paths = [], option = {} } = options;
    const read = configReader(options, context);
    const config = podPath === undefined ? undefined : await read.pod(podPath);
    const containerConfigs = await Promise.all(paths.map((path) => read.container(path)));
    const { runtime, call } = await context.connect();
    context.say("restoring");
    const { podSandboxId, restoredContainers } = await runtime.restorePod(
      {
        checkpointPath,
        runtimeHandler,
        containerConfigs,
        options: { ...option },
        ...(config === undefined ? {} : { config }),
      },
      call,
    );
    const { toProtoJson } = await import("../../cri/protojson.ts");
    const containers = restoredContainers.map((container) => toProtoJson(RestoredContainer, container));
    return { data: { podSandboxId, restoredContainers: containers }, view: podIdView };
  },
});
