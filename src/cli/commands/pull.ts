import { UsageError } from "../../errors.ts";
import { bulk, bulkFormats } from "../bulk.ts";
import { imageCandidates } from "../candidates.ts";
import { command } from "../command.ts";
import { pullFor } from "../pull-for.ts";
import { pullOptions, pullWords } from "../pull-words.ts";
import { configReader, lenientWords } from "../read-configs.ts";
import { pullView } from "../views/pull.ts";
import { label } from "../words.ts";

/** A registry and a disk gain nothing from more: the runtime fetches several layers of each image at once by itself. */
const atOnce = 3;

/** `crikit pull`: images from their registries into the runtime. */
export const pull = command({
  about:
    "Credentials come from the flags, the environment, standard input, the file of --authfile, and Docker's own " +
    "configuration file with its credential helpers, in this order. Without any the registry is asked as anybody.",
  examples: [
    "crikit pull busybox",
    "crikit pull busybox:1.36 alpine:3.20",
    "crikit pull -u me registry.test/team/app:1.0",
    "crikit pull -u me --password-stdin registry.test/team/app:1.0 < token",
  ],
  formats: bulkFormats,
  words: (words) =>
    pullWords(
      lenientWords(words.argument("<image...>", "what to pull"))
        .option("--pod-config <file>", "the pod that the images are for; - for standard input")
        .option("-a, --annotation <key=value>", "tell the runtime this beside the name; repeatable", label)
        .option("--platform <os/arch>", "not part of CRI: refused", refusePlatform),
    ),
  complete: { image: imageCandidates },
  run: async ({ args: [images], options }, context) => {
    const { parseReference } = await import("../../oci/reference.ts");
    images.forEach(parseReference); // before anything is pulled or asked for
    const { podConfig } = options;
    const podSandboxConfig = podConfig === undefined ? undefined : await configReader(options, context).pod(podConfig);
    const pullOne = pullFor(context, await pullOptions(options, context));
    return bulk({
      targets: [...new Set(images)],
      context,
      doing: images.length === 1 ? `pulling ${images[0] ?? ""}` : "pulling",
      concurrency: atOnce,
      work: async (image) => {
        const { imageRef } = await pullOne(image, { annotations: options.annotation, podSandboxConfig });
        return { image, imageRef };
      },
      view: pullView,
    });
  },
});

function refusePlatform(): never {
  throw new UsageError("CRI has no word for a platform: a runtime pulls what its own machine can run", {
    hint: "'crikit load --platform' takes another one out of an archive",
  });
}
