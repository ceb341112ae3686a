import { Command, CommanderError, Option, type OptionValues } from "commander";
import type { Command as TypedCommand } from "@commander-js/extra-typings";
import { UsageError } from "../errors.ts";
import type { AnyCommand } from "./command.ts";
import { defaultFormats } from "./outcome.ts";
import { addGlobalFlags, addOutputFlag, choicesOf } from "./global-flags.ts";

/** Words as they were understood, or the wish for help. */
export type Parsed = { readonly args: readonly unknown[]; readonly options: OptionValues } | "help";

/** A parser that neither prints nor exits. `title` is what is typed to come here, such as `crikit lab up`. */
export function newWords(title: string, summary: string): Command {
  return new Command(title)
    .description(summary)
    .addHelpOption(new Option("-h, --help", "show this help").helpGroup("Global options:"))
    .exitOverride()
    .configureOutput({ writeOut: () => undefined, writeErr: () => undefined });
}

/** The parser of one command: its own words, `-o`, and the global flags. */
export function wordsOf(spec: AnyCommand, title: string, summary: string): Words {
  const sentence = summary.charAt(0).toUpperCase() + summary.slice(1);
  const words = newWords(title, spec.about === undefined ? sentence : `${sentence}\n\n${spec.about}`);
  // The same objects: extra-typings is commander with its types read from the strings, so only its types are imported.
  spec.words?.(words as unknown as TypedCommand);
  addOutputFlag(words, spec.formats ?? defaultFormats);
  return withGlobals(words);
}

/** Completes a parser by the global flags. Call it when the command's own words are in. */
export function withGlobals(words: Command): Words {
  const globals = addGlobalFlags(words);
  for (const option of words.options) readWith(option, option.long ?? option.flags);
  for (const argument of words.registeredArguments) readWith(argument, `<${argument.name()}>`);
  return { words, globals };
}

/** A parser, and the names of the global flags in it. */
export interface Words {
  readonly words: Command;
  readonly globals: readonly string[];
}

/** What of commander's options and arguments reads a value. `parseArg` is what `argParser` sets. */
interface Reader {
  parseArg?: ((text: string, previous: unknown) => unknown) | undefined;
  argChoices?: readonly string[] | undefined;
}

/** Lets failures name the word they are about, and help and completion know its choices. */
function readWith(word: object, name: string): void {
  const reader: Reader = word;
  const parse = reader.parseArg;
  if (parse === undefined) return;
  reader.argChoices = choicesOf(parse);
  reader.parseArg = (text, previous) => {
    try {
      return parse(text, previous);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      throw new UsageError(`${name}: ${error.message}`, { cause: error, hint: error.hint });
    }
  };
}

/** Parses `argv`, which holds only what follows the command's name. @throws {UsageError} with a message of one line */
export function parse(words: Command, argv: readonly string[]): Parsed {
  try {
    words.parse(argv, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === "commander.helpDisplayed") return "help";
    throw new UsageError(oneLine(error.message), { cause: error });
  }
  return { args: words.processedArgs, options: words.opts() };
}

/** commander's message is "error: what it was", and a second line in brackets with what was meant perhaps. */
function oneLine(message: string): string {
  const [first = "", suggestion] = message
    .replace(/^error: /u, "")
    .replace(/\.$/u, "")
    .split("\n");
  return suggestion === undefined ? first : `${first} ${suggestion.replace("(Did", "(did")}`;
}
