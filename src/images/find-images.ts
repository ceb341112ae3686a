import type { Line } from "../cri/connect.ts";
import type { Image } from "../cri/messages.ts";
import type { CallOptions } from "../rpc/call-options.ts";
import { matchImages } from "./image-words.ts";

/**
 * The images that words mean, in their order, each once. One list.
 *
 * @throws {NotFoundError} when one means nothing
 * @throws {AmbiguousError} when one is the start of several ids
 * @see CRI ImageService.ListImages
 */
export async function findImages(
  line: Pick<Line, "image">,
  words: readonly string[],
  options: CallOptions = {},
): Promise<readonly Image[]> {
  if (words.length === 0) return [];
  return matchImages(words, (await line.image.listImages({}, options)).images);
}
