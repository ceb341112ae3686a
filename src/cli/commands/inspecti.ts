import { NotFoundError, UsageError } from "../../errors.ts";
import { imageCandidates } from "../candidates.ts";
import { command } from "../command.ts";
import { imageFilter } from "../image-words.ts";
import { inspect, inspectFormats } from "../inspect.ts";
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
    const chosen = isFiltered
      ? await (await import("../../images/list-images.ts")).listImages(line, { ...filter, word: name }, line.call)
      : await (await import("../../images/find-images.ts")).findImages(line, words, line.call);
    return inspect({
      ids: chosen.map(({ id }) => id),
      look: async (id) => {
        const { image, info } = await line.image.imageStatus(
          { image: { image: id }, verbose: quiet !== true },
          line.call,
        );
        if (image === undefined) throw new NotFoundError(`the image ${id} has gone`);
        return inspectedImage(image, info);
      },
      view: imageStatusView,
    });
  },
});
