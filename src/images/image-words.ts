import type { Image } from "../cri/messages.ts";
import { AmbiguousError, CrikitError, NotFoundError } from "../errors.ts";
import { normalReference } from "../oci/reference.ts";

/** How many images an error names. */
const shownImages = 8;

/**
 * What words mean among images, as runtimes read them: an id with `sha256:` or without, a name with the defaults that every
 * client shares (`busybox` is `docker.io/library/busybox:latest`), or the start of an id. In the order of the words, what
 * two words mean once. Pure.
 *
 * @throws {NotFoundError} when one means nothing; its hint names what is called alike
 * @throws {AmbiguousError} when one is the start of several ids; its hint lists them
 */
export function matchImages(words: readonly string[], images: readonly Image[]): readonly Image[] {
  return [...new Set(words.map((word) => matchImage(word, images)))];
}

function matchImage(word: string, images: readonly Image[]): Image {
  const normal = normalOr(word);
  const bare = word.replace(/^sha256:/u, "");
  const exact = images.find(
    (image) => bareId(image) === bare || namesOf(image).some((name) => name === word || name === normal),
  );
  if (exact !== undefined) return exact;
  const starting = /^[0-9a-f]+$/u.test(bare) ? images.filter((image) => bareId(image).startsWith(bare)) : [];
  const [only, ...others] = starting;
  if (only === undefined) throw notFound(word, images);
  if (others.length === 0) return only;
  const shown = starting.slice(0, shownImages).map((image) => `${bareId(image).slice(0, 13)} (${nameOf(image)})`);
  const more = starting.length > shown.length ? `, and ${starting.length - shown.length} more` : "";
  throw new AmbiguousError(`'${word}' means ${starting.length} images: ${shown.join(", ")}${more}`, {
    hint: "name one by more of its id, nothing was done",
  });
}

function notFound(word: string, images: readonly Image[]): NotFoundError {
  const alike = images.flatMap(({ repoTags }) => repoTags.filter((tag) => isCalled(word, tag)));
  return new NotFoundError(`no image '${word}'`, {
    hint:
      alike.length > 0
        ? `there is ${alike.slice(0, shownImages).join(", ")}`
        : "'crikit images' shows what there is, 'crikit pull' fetches what is not",
  });
}

/**
 * Whether a list that is asked for `word` shows this image: by its id or the start of it, by its repository, or by the last
 * parts of that, with any tag unless the word has one.
 */
export function isMeant(word: string, image: Image): boolean {
  const bare = word.replace(/^sha256:/u, "");
  if (/^[0-9a-f]{4,}$/u.test(bare) && bareId(image).startsWith(bare)) return true;
  return namesOf(image).some((name) => isCalled(word, name));
}

/** Everything an image is called. */
export function namesOf({ repoTags, repoDigests }: Pick<Image, "repoDigests" | "repoTags">): readonly string[] {
  return [...repoTags, ...repoDigests];
}

/** The same and its id. */
export function namesAndId(image: Pick<Image, "id" | "repoDigests" | "repoTags">): readonly string[] {
  return [image.id, ...namesOf(image)];
}

/** A name as it is written and as runtimes store it; an id with the name of its hash and without. Nothing for nothing. */
export function spellings(name: string | undefined): readonly string[] {
  if (name === undefined || name === "") return [];
  const bare = name.replace(/^sha256:/u, "");
  return /^[0-9a-f]{64}$/u.test(bare) ? [bare, `sha256:${bare}`] : [name, normalOr(name)];
}

/** What to call an image in a sentence. */
export function nameOf(image: Pick<Image, "id" | "repoDigests" | "repoTags">): string {
  return namesOf(image)[0] ?? image.id;
}

/** A name in its parts, as it is written. */
export interface WrittenName {
  readonly repository: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

/** Takes a name apart without adding anything to it. A colon before the last slash is a port's. */
export function splitName(name: string): WrittenName {
  const [, repository = name, tag, digest] = /^(.*?)(?::([^:/@]+))?(?:@(.+))?$/u.exec(name) ?? [];
  return { repository, tag, digest };
}

function isCalled(word: string, name: string): boolean {
  const wanted = splitName(word);
  const { repository, tag, digest } = splitName(name);
  const isRepository =
    wanted.repository !== "" && (repository === wanted.repository || repository.endsWith(`/${wanted.repository}`));
  if (wanted.digest !== undefined) return isRepository && wanted.digest === digest;
  return isRepository && (wanted.tag === undefined || wanted.tag === tag);
}

function bareId({ id }: Pick<Image, "id">): string {
  return id.replace(/^sha256:/u, "");
}

function normalOr(word: string): string {
  try {
    return normalReference(word);
  } catch (error) {
    if (error instanceof CrikitError) return word;
    throw error;
  }
}
