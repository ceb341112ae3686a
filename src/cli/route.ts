import { UsageError } from "../errors.ts";
import type { CommandEntry, CommandGroup, CommandList } from "./command.ts";
import { globalsAmong, type GlobalFlags } from "./global-flags.ts";
import { listHelp, type HelpOptions, type RouteOptions } from "./help.ts";
import { nearest } from "../near.ts";
import { newWords, parse, withGlobals } from "./parse.ts";

/** Commands under their headings, in the order of the help. */
export type CommandSections = Readonly<Record<string, CommandList>>;

/** Where the words lead: to a command and what is left for it, to a help page, or to crikit's version. */
export type Route =
  | {
      readonly to: "command";
      /** As it is typed, such as `crikit lab up`, by its main name. */
      readonly title: string;
      readonly entry: CommandEntry;
      readonly rest: readonly string[];
      readonly globals: GlobalFlags;
    }
  | { readonly to: "help"; readonly text: string; readonly asked: boolean }
  | { readonly to: "version" };

/** A list of commands, and how one comes to it. */
interface Place {
  readonly title: string;
  readonly summary: string;
  readonly sections: CommandSections;
  readonly isTop: boolean;
}

/** crikit in a sentence: the head of its help. */
const summary = "Talk to container runtimes over CRI, and measure what a pod shares";

/**
 * Follows the words to a command. No command's file is loaded for it.
 *
 * @throws {UsageError} for a command or a flag that there is not
 */
export function route(argv: readonly string[], sections: CommandSections, help: RouteOptions): Route {
  return walk(argv, { title: help.invokedAs, summary, sections, isTop: true }, { help, globals: {} });
}

function walk(
  argv: readonly string[],
  place: Place,
  { help, globals }: { readonly help: HelpOptions; readonly globals: GlobalFlags },
): Route {
  // Most command lines begin with a command, and making a parser to see that costs as much as the command's own.
  const [first, ...others] = argv;
  const known = first === undefined ? undefined : lookUp(first, place.sections);
  if (known !== undefined) return enter(known, others, place, { help, globals });

  const words = newWords(place.title, place.summary).usage("[options] <command> ...");
  words.argument("[name]").argument("[rest...]").passThroughOptions();
  if (place.isTop) words.option("-v, --version", "show crikit's version");
  const { globals: added } = withGlobals(words);
  const page = (asked: boolean): Route => ({ to: "help", text: listHelp(words, place.sections, help), asked });

  const parsed = parseAt(place, () => parse(words, argv));
  if (parsed === "help") return page(true);
  const [name, rest] = parsed.args as [string | undefined, string[]];
  if (place.isTop && parsed.options["version"] === true) return { to: "version" };
  if (name === undefined) return page(false);
  const given = { ...globals, ...globalsAmong(parsed.options, added) };
  if (name === "help" || name === "h") return walk([...rest, "--help"], place, { help, globals: given });
  return enter(find(name, place), rest, place, { help, globals: given });
}

/** Goes on with the words behind the name of a command or a group. */
function enter(
  [name, entry]: readonly [string, CommandEntry | CommandGroup],
  rest: readonly string[],
  place: Place,
  { help, globals }: { readonly help: HelpOptions; readonly globals: GlobalFlags },
): Route {
  const title = `${place.title} ${name}`;
  if (!("commands" in entry)) return { to: "command", title, entry, rest, globals };
  const inner = { title, summary: entry.summary, sections: { Commands: entry.commands }, isTop: false };
  return walk(rest, inner, { help, globals });
}

/** The command of that name or alias. */
export function lookUp(
  name: string,
  sections: CommandSections,
): readonly [string, CommandEntry | CommandGroup] | undefined {
  return entriesOf(sections).find(([main, { aliases = [] }]) => main === name || aliases.includes(name));
}

function find(name: string, place: Place): readonly [string, CommandEntry | CommandGroup] {
  const found = lookUp(name, place.sections);
  if (found !== undefined) return found;
  const near = nearest(
    name,
    entriesOf(place.sections).flatMap(([main, { aliases = [] }]) => [main, ...aliases]),
  );
  const suggestion = near === undefined ? "" : ` (did you mean '${near}'?)`;
  throw new UsageError(`'${name}' is not a command of ${place.title}${suggestion}`, { hint: pointer(place) });
}

function entriesOf(sections: CommandSections): readonly (readonly [string, CommandEntry | CommandGroup])[] {
  return Object.values(sections).flatMap((list) => Object.entries(list));
}

function parseAt<Result>(place: Place, body: () => Result): Result {
  try {
    return body();
  } catch (error) {
    if (!(error instanceof UsageError) || error.hint !== undefined) throw error;
    throw new UsageError(error.message, { cause: error, hint: pointer(place) });
  }
}

function pointer({ title }: Place): string {
  return `see '${title} --help'`;
}
