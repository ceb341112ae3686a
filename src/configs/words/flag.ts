import { UsageError } from "../../errors.ts";

/** Reads the value of a flag, if there is one. @throws {UsageError} naming the flag */
export function read<Value>(flag: string, parse: (word: string) => Value, word: string | undefined): Value | undefined {
  if (word === undefined) return undefined;
  try {
    return parse(word);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`${flag}: ${error.message}`, { cause: error, hint: error.hint });
  }
}

/** Reads every value of a flag that may be repeated. @throws {UsageError} naming the flag */
export function readAll<Value>(flag: string, parse: (word: string) => Value, words: readonly string[] = []): Value[] {
  return words.map((word) => read(flag, parse, word) as Value);
}
