import { UsageError } from "../../errors.ts";
import { readyPodCandidates } from "../candidates.ts";
import { command } from "../command.ts";
import { pullFirst, pullFirstWords, pullPolicy } from "../pull-policy.ts";
import { configReader, lenientWords } from "../read-configs.ts";
import { containerIdView } from "../views/made.ts";
import { deadline } from "../words.ts";

/** `crikit create`: a container in a pod sandbox from a config file. */
export const create = command({
  about:
    "Prints the id of the new container; 'crikit start' lets it run. The pod is named by its id or name. Its config is " +
    "the one that the runtime was sent for it, where the runtime tells that, unless a file is named. The image is " +
    "pulled only if the flags or crictl.yaml say so.",
  examples: ["crikit create web container.json", "crikit create --pull missing shop/web container.yaml pod.yaml"],
  formats: ["text", "json", "yaml"],
  words: (words) =>
    pullFirstWords(
      lenientWords(
        words
          .argument("<pod>", "id, the start of it, or name")
          .argument("<container-config>", "JSON or YAML; - for standard input")
          .argument("[pod-config]", "what the pod was made from")
          .option("-T, --cancel-timeout <duration>", "give it up after 30s, 5m; 0 for never", deadline),
      ),
    ),
  complete: { pod: readyPodCandidates },
  run: async ({ args: [word, path, podPath], options }, context) => {
    const policy = pullPolicy(options, (await context.settings()).pullImageOnCreate === true ? "always" : "never");
    if (path === "-" && podPath === "-") throw new UsageError("only one of the configs can be on standard input");
    const read = configReader(options, context);
    const config = await read.container(path);
    const given = podPath === undefined ? undefined : await read.pod(podPath);
    const { resolvePodSandboxes } = await import("../../inventory/resolve.ts");
    const line = await context.connect();
    const [pod] = await resolvePodSandboxes(line.runtime, [word], line.call);
    const id = pod?.id ?? word;
    const { recordedPodSandbox } = await import("../../sandbox/recorded-config.ts");
    const podSandboxConfig = given ?? (await recordedPodSandbox(line, id, line.call)).config;
    await pullFirst({ image: config.image?.image ?? "", podSandboxConfig, policy }, options, context);
    const { Container } = await import("../../sandbox/container.ts");
    context.say("creating the container");
    const container = await Container.createConfig(
      line,
      { pod: { id, config: podSandboxConfig }, config },
      { ...line.call, timeoutMs: options.cancelTimeout ?? line.call.timeoutMs },
    );
    return {
      data: { containerId: container.id, name: container.name, podSandboxId: id },
      view: containerIdView,
    };
  },
});
