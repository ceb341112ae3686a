import type { Image, ImageStatusResponse } from "../../cri/messages.ts";
import { NotFoundError, RuntimeFailedError, UsageError } from "../../errors.ts";
import { imageCandidates } from "../candidates.ts";
import { command } from "../command.ts";
import { imageFilter } from "../image-words.ts";
import { inspect, inspectFormats, type Inspected } from "../inspect.ts";
import { imageStatusView, inspectedImage } from "../views/image-status.ts";

/** `crikit inspecti`: all that the runtime says of images. */
export const inspecti = command({
  about: "An image is named by its name, its id or the start of it; or chosen by flags, as with images.",
  examples: [
    "crikit inspecti busybox",
    "crikit inspecti 3f5a -o table",
    "crikit inspecti busybox -o go-template --template '{{.info.imageSpec.config.Env}}'",
    "crikit inspecti -f dangling=true -q",
  ],
  formats: inspectFormats,
  words: (words) =>
    words
      .argument("[image...]", "names or ids")
      .option("-q, --quiet", "the status alone, without the runtime's own info")
      .option("--name <image>", "those of this repository, with a tag or without")
      .option(
        "-f, --filter <filter>",
        "dangling=true, reference=REGEX, before=IMAGE, since=IMAGE; repeatable",
        imageFilter,
      ),
  complete: { image: imageCandidates, "--name": imageCandidates },
  run: async ({ args: [words], options: { quiet, name, filter } }, context) => {
    const isFiltered = name !== undefined || filter !== undefined;
    if (words.length > 0 === isFiltered) {
      throw new UsageError(
        isFiltered ? "name images, or choose them by flags" : "which image? name one, or choose by flags",
      );
    }
    const line = await context.connect();
    const status = (word: string): Promise<ImageStatusResponse> =>
      line.image.imageStatus({ image: { image: word }, verbose: quiet !== true }, line.call);
    if (isFiltered) {
      const { listImages } = await import("../../images/list-images.ts");
      const chosen = await listImages(line, { ...filter, word: name }, line.call);
      return inspect({ ids: chosen.map(({ id }) => id), look: async (id) => shown(id, await status(id)), view });
    }
    // The runtime reads words as we do, so a list is only wanted where it finds nothing, or does not say which.
    const look = async (word: string): Promise<Inspected<Image>> => {
      const answer = await status(word).catch(unclear);
      if (answer?.image !== undefined) return shown(word, answer);
      const { findImages } = await import("../../images/find-images.ts");
      const [found] = await findImages(line, [word], line.call);
      return shown(word, await status(found?.id ?? word));
    };
    return inspect({ ids: [...new Set(words)], look, view });
  },
});

const view = imageStatusView;

async function shown(word: string, { image, info }: ImageStatusResponse): Promise<Inspected<Image>> {
  if (image === undefined) throw new NotFoundError(`no image '${word}'`);
  return inspectedImage(image, info);
}

/** The start of several ids is a failure of its own in each runtime. */
function unclear(error: unknown): undefined {
  if (error instanceof RuntimeFailedError || error instanceof NotFoundError) return undefined;
  throw error;
}
