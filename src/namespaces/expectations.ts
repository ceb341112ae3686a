import { UsageError } from "../errors.ts";
import { type NamespaceKind, namespaceKinds } from "../linux/namespace.ts";
import { nearest } from "../near.ts";
import type { Expectations } from "./pod.ts";

/** What may be expected of a kind of namespace: the pod's own for all its members, one for each alone, or the host's. */
export const expectationWords = ["shared", "private", "host"] as const;

/**
 * Reads `net=shared,pid=private`: a kind of namespace and what is expected of it, in any order, each kind once.
 *
 * @throws {UsageError} for a word that is none, with the one that was probably meant
 */
export function parseExpectations(text: string): Expectations {
  const found = new Map<NamespaceKind, (typeof expectationWords)[number]>();
  for (const pair of text.split(",")) {
    const [kind = "", word, ...more] = pair.trim().split("=");
    if (kind === "" || word === undefined || more.length > 0) {
      throw new UsageError(`'${pair}' expects nothing: write KIND=WORD, such as net=shared`, { hint });
    }
    const known = oneOf(kind, namespaceKinds, "a kind of namespace");
    if (found.has(known)) throw new UsageError(`${known} is expected twice: say it once`);
    found.set(known, oneOf(word, expectationWords, "what can be expected"));
  }
  return Object.fromEntries(found);
}

const hint = `kinds are ${namespaceKinds.join(", ")}; words are ${expectationWords.join(", ")}`;

function oneOf<Word extends string>(text: string, known: readonly Word[], what: string): Word {
  const word = known.find((one) => one === text.toLowerCase());
  if (word !== undefined) return word;
  const near = nearest(text.toLowerCase(), known);
  throw new UsageError(`'${text}' is not ${what}${near === undefined ? "" : ` (did you mean '${near}'?)`}`, { hint });
}
