import { InvalidArchiveError, UsageError } from "../errors.ts";
import type { Platform } from "../oci/descriptor.ts";
import type { ImageSource, NamedImage } from "../oci/image-source.ts";
import { runsOn } from "../oci/platform.ts";
import { normalReference, parseReference } from "../oci/reference.ts";

/** An image of a source and the whole reference to give it. */
export interface ImageToLoad extends NamedImage {
  readonly name: string;
}

/**
 * Which images of a source to load, and what to call them: as the source does, or by `tag`. Of several that the source
 * calls the same, the one for `platform`.
 *
 * @throws {InvalidArchiveError} when there is none, a name is none, is given twice, or is another image's digest
 * @throws {UsageError} when an image has no name, or `tag` is to name several
 */
export function namesOf(
  source: ImageSource,
  { tag, platform }: { readonly tag?: string | undefined; readonly platform: Platform },
): readonly ImageToLoad[] {
  const { where } = source;
  const images = onePerName(source, platform);
  const [first, ...others] = images;
  if (first === undefined) throw new InvalidArchiveError(`${where} holds no image`);
  if (tag !== undefined) {
    const targets = new Set(images.map(({ target }) => target.digest));
    if (others.length > 0 && targets.size > 1) {
      throw new UsageError(`${where} holds ${targets.size} images, and --tag names one`);
    }
    return [{ ...first, name: normalReference(tag) }];
  }
  return images.map(({ name, target }) => {
    if (name !== undefined) return { name: readName(name, where), target };
    throw new UsageError(`${where} does not say what its image is called`, { hint: "name it with --tag NAME" });
  });
}

/**
 * A name may end in a digest, and whoever trusts it trusts that.
 *
 * @throws {InvalidArchiveError} when the digest in `name` is not `digest`
 */
export function checkDigestOfName(name: string, digest: string, where: string): void {
  const claimed = parseReference(name).digest;
  if (claimed === undefined || claimed === digest) return;
  throw new InvalidArchiveError(`${where}: the image to be called ${name} is ${digest}`, {
    hint: "name it with --tag NAME",
  });
}

function onePerName({ where, images }: ImageSource, platform: Platform): readonly NamedImage[] {
  const byName = new Map<string | undefined, Map<string, NamedImage>>();
  for (const image of images) {
    const sameName = byName.get(image.name) ?? new Map<string, NamedImage>();
    byName.set(image.name, sameName.set(image.target.digest, image));
  }
  return [...byName].flatMap(([name, byDigest]) => {
    const all = [...byDigest.values()];
    if (all.length === 1) return all;
    const fitting = all.filter(({ target }) => runsOn(target.platform, platform));
    // Several without a name are several images; several of one name are one for many platforms, or a mistake.
    if (fitting.length === 1 || name === undefined) return fitting.length === 1 ? fitting : all;
    throw new InvalidArchiveError(
      `${where} has ${all.length} images called ${JSON.stringify(name)}, ` +
        `${fitting.length === 0 ? "none" : "several"} for ${platform.os}/${platform.architecture}`,
    );
  });
}

function readName(name: string, where: string): string {
  try {
    return normalReference(name);
  } catch (error) {
    throw new InvalidArchiveError(`${where} calls its image ${JSON.stringify(name.slice(0, 255))}, which is no name`, {
      cause: error,
      hint: "name it with --tag NAME",
    });
  }
}
