import type { Image } from "../../cri/messages.ts";
import { UsageError } from "../../errors.ts";
import { bulk, bulkFormats } from "../bulk.ts";
import { imageCandidates } from "../candidates.ts";
import { command } from "../command.ts";
import type { Context } from "../context.ts";
import { removedImageView } from "../views/removed-image.ts";

/** `crikit rmi`: images out of the runtime. */
export const rmi = command({
  about:
    "An image goes with all its names; 'crikit untag' takes one name away. -a and --prune leave pinned images alone, and " +
    "the one that holds pod sandboxes; --prune also what any container, running or not, was made from or has mounted.",
  examples: ["crikit rmi busybox:1.36", "crikit rmi 3f5a 77be", "crikit rmi --prune --dry-run", "crikit rmi -a"],
  formats: bulkFormats,
  words: (words) =>
    words
      .argument("[image...]", "names or ids")
      .option("-a, --all", "every image")
      .option("-q, --prune", "every image that nobody needs")
      .option("--dry-run", "say what would be deleted, and delete nothing"),
  complete: { image: imageCandidates },
  run: async ({ args: [words], options: { all = false, prune = false, dryRun = false } }, context) => {
    if (words.length === 0 && !all && !prune) throw new UsageError("which image? name one, or say -a or --prune");
    if (words.length > 0 && (all || prune)) throw new UsageError(`name images, or say ${all ? "-a" : "--prune"}`);
    const line = await context.connect();
    const chosen = await choose(words, { all, prune }, context);
    if (chosen.length === 0) context.note(prune ? "no image is without use" : "there is no image to delete");
    return bulk({
      targets: chosen,
      context,
      doing: dryRun ? "looking" : "deleting",
      work: async ({ id, repoTags, repoDigests }) => {
        if (!dryRun) await line.image.removeImage({ image: { image: id } }, line.call);
        return { id, names: repoTags.length > 0 ? repoTags : repoDigests, dryRun };
      },
      view: removedImageView,
    });
  },
});

/** `--all` wins over `--prune`, as it says more. */
async function choose(
  words: readonly string[],
  { all, prune }: { readonly all: boolean; readonly prune: boolean },
  { connect, note }: Context,
): Promise<readonly Image[]> {
  const line = await connect();
  if (all) {
    const { keepers } = await import("../../images/kept-images.ts");
    const { listImages } = await import("../../images/list-images.ts");
    const [images, isKept] = await Promise.all([listImages(line, {}, line.call), keepers(line, line.call)]);
    return images.filter((image) => !isKept(image));
  }
  if (prune) {
    const { unusedImages } = await import("../../images/unused-images.ts");
    return unusedImages(line, line.call);
  }
  const { findImages } = await import("../../images/find-images.ts");
  const { spellings } = await import("../../images/image-words.ts");
  const images = await findImages(line, words, line.call);
  const named = new Set(words.flatMap(spellings));
  for (const { repoTags } of images) {
    const name = repoTags.find((tag) => named.has(tag));
    if (name === undefined || repoTags.length === 1) continue;
    note(`${name} is one of ${repoTags.length} tags of the image: all go; 'crikit untag' takes away one`);
  }
  return images;
}
