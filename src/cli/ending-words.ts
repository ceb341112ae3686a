import type { Command, OptionValues } from "@commander-js/extra-typings";
import { UsageError } from "../errors.ts";
import { label, type Labels } from "./words.ts";

/** What the words of every command say that ends or removes something. */
export type EndingWords = {
  readonly all?: boolean | undefined;
  readonly label?: Labels | undefined;
  readonly dryRun?: boolean | undefined;
};

/** Adds the flags that every command takes that ends or removes something. @param whom what `-a` means */
export function endingWords<Args extends unknown[], Options extends OptionValues>(
  words: Command<Args, Options>,
  whom: string,
): Command<Args, Options & EndingWords> {
  return words
    .option("-a, --all", whom)
    .option("--label <key=value>", "of those, the ones with this label alone; may be repeated", label)
    .option("--dry-run", "say what would be done, and do nothing") as unknown as Command<Args, Options & EndingWords>;
}

/**
 * Whether what is meant was named, or is to be looked for by `-a` or `--label`.
 *
 * @param noun what is ended, such as `container`
 * @throws {UsageError} when the words say neither, or both
 */
export function isNamed(named: readonly string[], { all = false, label: labels }: EndingWords, noun: string): boolean {
  const isSought = all || labels !== undefined;
  if (named.length > 0 && isSought) throw new UsageError(`name each ${noun}, or choose by -a or --label`);
  if (named.length === 0 && !isSought) throw new UsageError(`which ${noun}? name one, or say -a for all`);
  return named.length > 0;
}
