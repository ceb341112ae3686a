import { AmbiguousError, NotFoundError } from "../errors.ts";

/** An object that words can mean. */
export interface Named {
  readonly id: string;
  /** What it is called, the fullest name first: `POD/CONTAINER`, then `CONTAINER`. */
  readonly names: readonly string[];
  /** Whether it runs, or is ready. */
  readonly isLive: boolean;
}

/** What a word means. */
export interface Found {
  readonly id: string;
  /** Its fullest name, for messages. Absent when nobody had to be asked. */
  readonly name: string | undefined;
}

/** What is looked for, in the singular, such as `container`, and the command that lists them all. */
export interface Kind {
  readonly noun: string;
  readonly list: string;
}

/** How many candidates an error names. */
const shownCandidates = 8;

/**
 * What each of `words` means among `objects`: a whole id, else a name, else the start of one id. A name that a
 * restart has given to several means the one that lives. In the order of the words, what two words mean once. Pure.
 *
 * @throws {NotFoundError} when one means nothing
 * @throws {AmbiguousError} when one means several; its hint lists them
 */
export function matchWords(words: readonly string[], objects: readonly Named[], kind: Kind): readonly Found[] {
  const found = new Map<string, Found>();
  for (const word of words) {
    const { id, names } = matchWord(word, objects, kind);
    found.set(id, { id, name: names[0] });
  }
  return [...found.values()];
}

function matchWord(word: string, objects: readonly Named[], { noun, list }: Kind): Named {
  const readings = [
    (object: Named): boolean => object.id === word,
    (object: Named): boolean => object.names.includes(word),
    (object: Named): boolean => word !== "" && object.id.startsWith(word),
  ];
  for (const reads of readings) {
    const candidates = objects.filter(reads);
    if (candidates.length === 0) continue;
    const only = candidates.length === 1 ? candidates[0] : theLiveOne(candidates);
    if (only !== undefined) return only;
    throw ambiguous(word, candidates, noun);
  }
  throw new NotFoundError(`no ${noun} '${word}'`, { hint: `'${list}' shows what there is` });
}

/** Of one thing's attempts, which a restart leaves behind under the same name, the one that is alive. */
function theLiveOne(candidates: readonly Named[]): Named | undefined {
  if (new Set(candidates.map(({ names }) => names[0])).size > 1) return undefined;
  const live = candidates.filter(({ isLive }) => isLive);
  return live.length === 1 ? live[0] : undefined;
}

function ambiguous(word: string, candidates: readonly Named[], noun: string): AmbiguousError {
  const shown = candidates.slice(0, shownCandidates).map(({ id, names }) => `${id.slice(0, 13)} (${names[0] ?? ""})`);
  const more = candidates.length > shown.length ? `, and ${candidates.length - shown.length} more` : "";
  return new AmbiguousError(`'${word}' means ${candidates.length} ${noun}s: ${shown.join(", ")}${more}`, {
    hint: "name one by its id, nothing was done",
  });
}
