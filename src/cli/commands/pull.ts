import { pullOptions, pullWords } from "../pull-words.ts";
import { command } from "../command.ts";
import { pullView } from "../views/pull.ts";
import { label } from "../words.ts";

/** `crikit pull`: images from their registries into the runtime. */
export const pull = command({
  examples: ["crikit pull busybox", "crikit pull -u me registry.test/team/app:1.0"],
  formats: ["text", "json", "jsonl", "yaml"],
  words: (words) =>
    pullWords(
      words
        .argument("<image>", "what to pull")
        .option("-a, --annotation <key=value>", "tell the runtime this beside the name; repeatable", label),
    ),
  run: async ({ args: [image], options }, context) => {
    const { sources, timeoutMs } = await pullOptions(options, context);
    const { credentialsFor } = await import("../../registry/credentials.ts");
    const auth = await credentialsFor(image, sources);
    const { pullImage } = await import("../../images/pull.ts");
    const line = await context.connect();
    context.say(`pulling ${image}`);
    const { imageRef } = await pullImage(line, image, {
      ...line.call,
      auth,
      annotations: options.annotation,
      timeoutMs,
    });
    return { data: { image, imageRef }, view: pullView };
  },
});
