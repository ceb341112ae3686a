import { createContainerdServices } from "../containerd/services.ts";
import type { Line } from "../cri/connect.ts";
import { NotFoundError, UsageError } from "../errors.ts";
import { Scope } from "../lifetime.ts";
import { parseReference, formatReference } from "../oci/reference.ts";
import type { CallOptions } from "../rpc/call-options.ts";
import { targetOf } from "./image-target.ts";
import { matchImages, nameOf, namesOf } from "./image-words.ts";
import { nameImage } from "./name-image.ts";
import { onlyContainerd } from "./only-containerd.ts";
import { untilNamed, untilUnnamed } from "./visible.ts";

/** An image and one name of it. */
export interface TaggedImage {
  readonly name: string;
  /** What CRI knows it by. */
  readonly id: string;
}

/**
 * Gives an image one more name. A name that is another image's becomes this one's; when it cannot be done, it stays that.
 *
 * @param word any name or id of the image
 * @param tag the name to give
 * @throws {UsageError} when `tag` is no name with a tag
 * @throws {NotFoundError} and {AmbiguousError} when there is no such image, or several
 * @throws {UnimplementedError} when the runtime is not containerd: CRI itself cannot name images
 * @see containerd.services.images.v1.Images
 */
export async function tagImage(
  line: Line,
  { word, tag }: { readonly word: string; readonly tag: string },
  options: CallOptions = {},
): Promise<TaggedImage> {
  const reference = parseReference(tag);
  if (reference.digest !== undefined) throw new UsageError(`'${tag}' ends in a digest, which an image has by itself`);
  const name = formatReference(reference);
  const [image] = matchImages([word], (await line.image.listImages({}, options)).images);
  if (image === undefined) throw new NotFoundError(`no image '${word}'`);
  try {
    const containerd = createContainerdServices({ ...line.imageCaller, explain: undefined });
    const target = await targetOf(containerd.images, image, options);
    await using naming = new Scope();
    await nameImage(containerd, { name, target, pinned: false }, naming, options);
    await untilNamed(line, { name, id: image.id }, options);
    naming.keep();
  } catch (error) {
    throw onlyContainerd(error, line, { what: "cannot name images" });
  }
  return { name, id: image.id };
}

/**
 * Takes one name away from an image, which stays with its others, or without any.
 *
 * @throws {NotFoundError} when no image has that name
 * @throws {UnimplementedError} when the runtime is not containerd: CRI can only remove an image with all its names
 */
export async function untagImage(
  line: Line,
  word: string,
  options: CallOptions = {},
): Promise<TaggedImage & { readonly namesLeft: number }> {
  const name = formatReference(parseReference(word));
  const { images } = await line.image.listImages({}, options);
  const image = images.find((each) => namesOf(each).includes(name));
  if (image === undefined) {
    const [other] = matchImages([word], images); // says what there is instead
    throw new NotFoundError(`'${word}' is no name of ${other === undefined ? "any image" : nameOf(other)}`);
  }
  try {
    await createContainerdServices({ ...line.imageCaller, explain: undefined }).images.delete({ name }, options);
    await untilUnnamed(line, name, options);
  } catch (error) {
    throw onlyContainerd(error, line, {
      what: "cannot take one name away from an image",
      instead: "'crikit rmi' removes it with all its names",
    });
  }
  return { name, id: image.id, namesLeft: namesOf(image).length - 1 };
}
