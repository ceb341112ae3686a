import type { Line } from "../cri/connect.ts";
import type { Image } from "../cri/messages.ts";
import type { CallOptions } from "../rpc/call-options.ts";
import { arrivalsOf } from "./arrivals.ts";
import { isMeant, matchImages, namesOf } from "./image-words.ts";

/** Which images. What is absent does not narrow. */
export interface ImageQuery {
  /** A repository or the last parts of one, with a tag or without; or an id, or the start of it. */
  readonly word?: string | undefined;
  /** Only those without a tag, or only those with one. */
  readonly dangling?: boolean | undefined;
  /** Those of which a name fits all of these: the repository alone, with its tag, or with its digest. */
  readonly references?: readonly RegExp[] | undefined;
  /** Those that came to this machine before this one, and not after it; any name or id of it. */
  readonly before?: string | undefined;
  /** Those that came to this machine after this one. */
  readonly since?: string | undefined;
}

/**
 * The images that fit, by their first tag, then their first digest, then their id. One list; for `before` and `since` one
 * more, of when each image came.
 *
 * @throws {NotFoundError} and {AmbiguousError} when `before` or `since` names no image, or several
 * @throws {UnimplementedError} for `before` and `since` when the runtime is not containerd: CRI does not say when
 * @see CRI ImageService.ListImages
 */
export async function listImages(
  line: Line,
  query: ImageQuery = {},
  options: CallOptions = {},
): Promise<readonly Image[]> {
  // Without a filter: containerd ignores it, and what others make of a name without a tag differs.
  const { images } = await line.image.listImages({}, options);
  const { word, dangling, references = [] } = query;
  const fitting = images.filter(
    (image) =>
      (word === undefined || isMeant(word, image)) &&
      (dangling === undefined || dangling === (image.repoTags.length === 0)) &&
      references.every((reference) => searchable(image).some((name) => reference.test(name))),
  );
  const cut = await inTime(line, { images, fitting }, query, options);
  return cut.toSorted(byName);
}

/** The names of an image, and its repositories alone, so that `app$` fits as well as `app:1` and `@sha256:`. */
function searchable(image: Image): readonly string[] {
  return namesOf(image).flatMap((name) => [name, name.replace(/@.*$|:[^:/]*$/u, "")]);
}

async function inTime(
  line: Line,
  { images, fitting }: { readonly images: readonly Image[]; readonly fitting: readonly Image[] },
  { before, since }: ImageQuery,
  options: CallOptions,
): Promise<readonly Image[]> {
  if (before === undefined && since === undefined) return fitting;
  const limit = (word: string | undefined): Image | undefined =>
    word === undefined ? undefined : matchImages([word], images)[0];
  const [younger, older] = [limit(before), limit(since)];
  const arrivals = await arrivalsOf(line, images, options);
  const cameAt = ({ id }: Image): bigint => arrivals.get(id) ?? 0n;
  return fitting.filter(
    (image) =>
      (younger === undefined || cameAt(image) < cameAt(younger)) &&
      (older === undefined || cameAt(image) > cameAt(older)),
  );
}

/** crictl's order. */
function byName(a: Image, b: Image): number {
  const key = ({ repoTags, repoDigests, id }: Image): readonly string[] => [
    repoTags[0] ?? "",
    repoDigests[0] ?? "",
    id,
  ];
  const [keyA, keyB] = [key(a), key(b)];
  const at = keyA.findIndex((part, place) => part !== keyB[place]);
  if (at < 0) return 0;
  return (keyA[at] ?? "") < (keyB[at] ?? "") ? -1 : 1;
}
