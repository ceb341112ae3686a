import { imageCandidates } from "../candidates.ts";
import { command } from "../command.ts";
import { imageFilter } from "../image-words.ts";
import { list, listFormats, listWords } from "../list.ts";
import { imageRow, imagesKind } from "../views/images.ts";

/** `crikit images`: the images. */
export const images = command({
  about:
    "A line a tag. A repository may be named by its last parts: busybox finds docker.io/library/busybox too. " +
    "before and since go by when an image came to this machine, which containerd knows.",
  examples: [
    "crikit images",
    "crikit images busybox",
    "crikit images --digests -f dangling=false -f reference='^registry.test/team/'",
    "crikit images -q -f since=busybox:1.36",
    "crikit images --sort -size",
  ],
  formats: listFormats,
  words: (words) =>
    listWords(words.argument("[image]", "a repository, with a tag or without; or an id"))
      .option("-v, --verbose", "all that the list knows of each")
      .option(
        "-f, --filter <filter>",
        "dangling=true, reference=REGEX, before=IMAGE, since=IMAGE; repeatable",
        imageFilter,
      )
      .option("--digests", "show the digests of the manifests")
      .option("--pinned", "show which ones nothing but a name removes"),
  complete: { image: imageCandidates },
  run: async ({ args: [word], options }, context) => {
    const { listImages } = await import("../../images/list-images.ts");
    const line = await context.connect();
    const fetch = async () => (await listImages(line, { ...options.filter, word }, line.call)).map(imageRow);
    return list(imagesKind(options), fetch, { options, context });
  },
});
