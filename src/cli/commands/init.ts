import { command } from "../command.ts";
import { oneOf } from "../words.ts";

/** `crikit init`: a config file to start from. */
export const init = command({
  about:
    "Prints YAML that works as it stands, with comments that say what else there is; -o json prints it without. " +
    "A pod with a container in one step needs no file: see 'crikit run'.",
  examples: [
    "crikit init pod >pod.yaml",
    "crikit init container --image docker.io/library/nginx:alpine >container.yaml",
    "crikit init pod | crikit runp -",
  ],
  formats: ["text", "json", "yaml"],
  words: (words) =>
    words
      .argument("<kind>", "pod or container", oneOf("pod", "container"))
      .option("--name <name>", "what to call it (default: my-pod, my-container)")
      .option("--image <image>", "the container's image (default: docker.io/library/busybox:latest)"),
  run: async ({ args: [kind], options }) => {
    const { starterConfig } = await import("../../configs/starter-config.ts");
    const { document, text } = await starterConfig(kind, options);
    return { data: document, view: () => text.trimEnd() };
  },
});
