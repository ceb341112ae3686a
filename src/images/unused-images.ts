import type { Line } from "../cri/connect.ts";
import type { Container, Image } from "../cri/messages.ts";
import { namesAndId, spellings } from "./image-words.ts";
import { imagesBehind, type UsedByOptions } from "./images-behind.ts";
import { keepers } from "./kept-images.ts";

/**
 * The images that nobody needs: no container, whatever its state, was made from them or has them mounted as a volume, they
 * are not pinned, and the runtime does not hold its pod sandboxes with them. The same few calls however many there are.
 *
 * @see CRI ImageService.ListImages, RuntimeService.ListContainers
 */
export async function unusedImages(
  line: Line,
  { without = new Set(), ...options }: UsedByOptions = {},
): Promise<readonly Image[]> {
  // The images first: one that is pulled meanwhile for a container to come is then not among them.
  const { images } = await line.image.listImages({}, options);
  const containers = (await line.runtime.listContainers({}, options)).containers.filter(({ id }) => !without.has(id));
  const used = new Set(containers.flatMap(madeFrom));
  for (const name of await imagesBehind(line, containers, { ...options, without }))
    for (const each of spellings(name)) used.add(each);
  const isKept = await keepers(line, options);
  return images.filter((image) => !isKept(image) && !namesAndId(image).some((name) => used.has(name)));
}

/** Runtimes differ in which field holds the id, and which a name. */
function madeFrom({ image, imageId, imageRef }: Container): readonly string[] {
  return [imageId, imageRef, image?.image, image?.imageRef, image?.userSpecifiedImage].flatMap(spellings);
}
