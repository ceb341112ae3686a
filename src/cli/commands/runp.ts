import { handlerCandidates } from "../candidates.ts";
import { command } from "../command.ts";
import { configReader, lenientWords } from "../read-configs.ts";
import { podIdView } from "../views/made.ts";
import { deadline } from "../words.ts";

/** `crikit runp`: a pod sandbox from a config file. */
export const runp = command({
  about:
    "Prints the id of the new pod. It gets a uid and a cgroup of its own unless the config has them. A pod that could " +
    "not be made, or was given up with Ctrl-C, leaves nothing. To run a pod with a container in one step, see 'crikit run'.",
  examples: ["crikit runp pod.json", "crikit runp -r kata pod.yaml", "crikit runp -"],
  formats: ["text", "json", "yaml"],
  words: (words) =>
    lenientWords(
      words
        .argument("<pod-config>", "JSON or YAML; - for standard input")
        .option("-r, --runtime <handler>", "which of the runtime's handlers runs it (default: the runtime's own)")
        .option("-T, --cancel-timeout <duration>", "give it up after 30s, 5m; 0 for never", deadline),
    ),
  complete: { "--runtime": handlerCandidates },
  run: async ({ args: [path], options }, context) => {
    const config = await configReader(options, context).pod(path);
    const { PodSandbox } = await import("../../sandbox/pod-sandbox.ts");
    const line = await context.connect();
    context.say("running the pod");
    const pod = await PodSandbox.runConfig(
      line,
      { config, runtimeHandler: options.runtime, uniqueName: context.invokedAs === "crikit" },
      { ...line.call, timeoutMs: options.cancelTimeout ?? line.call.timeoutMs },
    );
    const { name = "", namespace = "", uid = "" } = pod.config.metadata ?? {};
    return {
      data: { podSandboxId: pod.id, name, namespace, uid, cgroupParent: pod.config.linux?.cgroupParent ?? "" },
      view: podIdView,
    };
  },
});
