import { UsageError } from "../errors.ts";
import { namespaceKinds } from "../linux/namespace.ts";
import { expectationWords } from "../namespaces/expectations.ts";
import type { CheckName } from "../namespaces/verdict.ts";
import { nearest } from "../near.ts";
import type { Candidate, Typed } from "./command.ts";

/** What the checks are called. A list of its own, so that completion and wrong words need nothing heavy. */
const names: readonly CheckName[] = [
  "namespace",
  "border",
  "modes",
  "pin",
  "owner",
  "addresses",
  "loopback",
  "exec",
  "orphan-pin",
];

/** Collects the names of checks, joined by commas, of a word that may be repeated. @throws {UsageError} with the name that was meant */
export function checks(text: string, previous: readonly CheckName[] | undefined): readonly CheckName[] {
  const chosen = text.split(",").map((word) => {
    const name = names.find((one) => one === word.trim());
    if (name !== undefined) return name;
    const near = nearest(word.trim(), names);
    throw new UsageError(`'${word}' is no check${near === undefined ? "" : ` (did you mean '${near}'?)`}`, {
      hint: `the checks are ${names.join(", ")}`,
    });
  });
  return [...(previous ?? []), ...chosen];
}

/** What can follow in a list of checks. */
export const checkCandidates = async (_: unknown, { current }: Typed): Promise<readonly Candidate[]> => {
  const { done, used } = lastOf(current);
  return names.filter((name) => !used.includes(name)).map((name) => ({ value: done + name }));
};

/** What can follow in a list of expectations: kinds of namespace that have none yet, each with what can be expected. */
export const expectCandidates = async (_: unknown, { current }: Typed): Promise<readonly Candidate[]> => {
  const { done, used } = lastOf(current);
  const taken = used.map((pair) => pair.split("=")[0]);
  const kinds = namespaceKinds.filter((kind) => !taken.includes(kind));
  return kinds.flatMap((kind) => expectationWords.map((word) => ({ value: `${done}${kind}=${word}` })));
};

/** What is typed of a list before its last word, and the words in it. */
function lastOf(current: string): { readonly done: string; readonly used: readonly string[] } {
  const done = current.slice(0, current.lastIndexOf(",") + 1);
  return { done, used: done.split(",") };
}
