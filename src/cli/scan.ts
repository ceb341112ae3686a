import type { Command, Option } from "commander";

/** What words mean so far, when more are still to come. */
export interface Scan {
  readonly operands: readonly string[];
  /** The option whose value the next word is. */
  readonly pending: Option | undefined;
  /** Whether `--` has come, so that nothing after it is a flag. */
  readonly literal: boolean;
  /** Values of the options that take one, unread, by their names as in `opts()`. */
  readonly values: Readonly<Record<string, string>>;
}

/**
 * Reads the words before the one that is being typed, which commander cannot: it takes whole command lines only. An
 * unknown flag counts as one without a value.
 *
 * @param firstEnds whether the first operand and all after it are operands, as where a list of commands reads its words
 */
export function scan(words: Command, argv: readonly string[], { firstEnds }: { readonly firstEnds: boolean }): Scan {
  const operands: string[] = [];
  const values: Record<string, string> = {};
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? "";
    if (word === "--")
      return { operands: [...operands, ...argv.slice(at + 1)], pending: undefined, literal: true, values };
    if (!word.startsWith("-") || word === "-") {
      if (firstEnds) return { operands: argv.slice(at), pending: undefined, literal: false, values };
      operands.push(word);
      continue;
    }
    const { option, value } = flagIn(words, word);
    if (option === undefined) continue;
    if (value !== undefined) values[option.attributeName()] = value;
    else if (at + 1 === argv.length) return { operands, pending: option, literal: false, values };
    else values[option.attributeName()] = argv[++at] ?? "";
  }
  return { operands, pending: undefined, literal: false, values };
}

/** The option of a word that takes a value, as in `--output`, `--output=json`, `-o`, `-ojson` and `-Do`. */
function flagIn(words: Command, word: string): { readonly option?: Option; readonly value?: string } {
  if (word.startsWith("--")) {
    const [name = "", ...values] = word.split("=");
    const option = words.options.find(({ long }) => long === name);
    if (option === undefined || !takesValue(option)) return {};
    return values.length === 0 ? { option } : { option, value: values.join("=") };
  }
  for (let at = 1; at < word.length; at++) {
    const option = words.options.find(({ short }) => short === `-${word[at] ?? ""}`);
    if (option === undefined) return {};
    if (takesValue(option)) return at + 1 === word.length ? { option } : { option, value: word.slice(at + 1) };
  }
  return {};
}

function takesValue(option: Option): boolean {
  return option.required;
}
