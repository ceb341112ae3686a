import { UsageError } from "../../errors.ts";
import { readAll } from "./flag.ts";

/** Labels or annotations from words `key=value`; the value may hold further `=`. @throws {UsageError} that says what to write */
export function labelsFromWords(flag: string, words: readonly string[] = []): Record<string, string> {
  return Object.fromEntries(readAll(flag, entryFromWord, words));
}

function entryFromWord(word: string): [key: string, value: string] {
  const at = word.indexOf("=");
  if (at < 1) throw new UsageError(`'${word}' has no key and value: write key=value`);
  return [word.slice(0, at), word.slice(at + 1)];
}
