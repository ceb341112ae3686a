import type { Argument, Command, Option } from "commander";
import type { AnyCommand, Candidate, Offer } from "./command.ts";
import { createContext } from "./context.ts";
import { globalsAmong } from "./global-flags.ts";
import type { Io } from "./io.ts";
import { newWords, withGlobals, wordsOf } from "./parse.ts";
import { lookUp, type CommandSections } from "./route.ts";
import { scan, type Scan } from "./scan.ts";
import { printable } from "./views/printable.ts";
import { createProgress } from "./views/progress.ts";

/** Milliseconds that finding out candidates may take in all, while somebody waits at the prompt. */
const patienceMs = 1_000;

/**
 * What fits the last of `argv`, which are the words after `crikit`. The file of the command that they name is loaded, and
 * no other.
 */
export async function complete(argv: readonly string[], sections: CommandSections, io: Io): Promise<Offer> {
  return inList({ before: argv.slice(0, -1), current: argv.at(-1) ?? "", values: {} }, sections, io);
}

/** The words before, the word being typed, and the values of global flags that came already. */
interface Typed {
  readonly before: readonly string[];
  readonly current: string;
  readonly values: Readonly<Record<string, string>>;
}

async function inList({ before, current, values }: Typed, sections: CommandSections, io: Io): Promise<Offer> {
  const { words } = withGlobals(newWords("", ""));
  const seen = scan(words, before, { firstEnds: true });
  const [name, ...rest] = seen.operands;
  if (name === undefined) {
    return offer(words, seen, {
      current,
      ofWord: async ({ word }) => plainValues(word),
      ofOperand: async () => names(sections),
    });
  }
  const typed = { before: rest, current, values: { ...values, ...seen.values } };
  if (name === "help") return inList(typed, sections, io);
  const [, entry] = lookUp(name, sections) ?? [];
  if (entry === undefined) return [];
  return "commands" in entry ? inList(typed, { "": entry.commands }, io) : inCommand(typed, await entry.load(), io);
}

async function inCommand({ before, current, values }: Typed, spec: AnyCommand, io: Io): Promise<Offer> {
  const { words, globals } = wordsOf(spec, "", "");
  const seen = scan(words, before, { firstEnds: false });
  const ofWord = async ({ word, start }: Wanted): Promise<Offer> => {
    const ask = spec.complete?.["long" in word ? (word.long ?? "") : word.name()];
    if (ask === undefined) return plainValues(word);
    const flags = { ...values, ...globalsAmong(seen.values, globals), timeout: patienceMs };
    const progress = createProgress(io.stderr, { plain: false });
    const signal = AbortSignal.any([io.signal, AbortSignal.timeout(patienceMs)]);
    await using context = createContext({ io: { ...io, signal }, flags, output: { format: "json" }, progress });
    return await ask(context, { current: start, before: "long" in word ? [] : seen.operands });
  };
  const ofOperand = async (): Promise<Offer> => {
    const declared = words.registeredArguments;
    const argument = declared[seen.operands.length] ?? declared.find(({ variadic }) => variadic);
    return argument === undefined ? [] : ofWord({ word: argument, start: current });
  };
  return offer(words, seen, { current, ofWord, ofOperand });
}

/** A word whose value is being typed, and how much of that is there. */
interface Wanted {
  readonly word: Option | Argument;
  readonly start: string;
}

/** Where the word being typed stands decides what it can be. */
async function offer(
  words: Command,
  { pending, literal }: Scan,
  {
    current,
    ofWord,
    ofOperand,
  }: {
    readonly current: string;
    readonly ofWord: (wanted: Wanted) => Promise<Offer>;
    readonly ofOperand: () => Promise<Offer>;
  },
): Promise<Offer> {
  if (pending !== undefined) return fitting(await ofWord({ word: pending, start: current }), current);
  if (literal || !current.startsWith("-")) return fitting(await ofOperand(), current);
  const [flag = "", ...value] = current.split("=");
  if (value.length === 0) return fitting(flags(words), current);
  const option = words.options.find(({ long }) => long === flag);
  const start = value.join("=");
  return option === undefined ? [] : fitting(await ofWord({ word: option, start }), start, `${flag}=`);
}

function fitting(offered: Offer, start: string, prefix = ""): Offer {
  if (offered === "files") return offered;
  return offered
    .filter(({ value }) => value.startsWith(start) && printable(value) === value)
    .map((candidate) => ({ ...candidate, value: prefix + candidate.value }));
}

function flags(words: Command): readonly Candidate[] {
  const own = words.options.map(({ long, flags, description }) => ({ value: long ?? flags, about: description }));
  return [...own, { value: "--help", about: "show this help" }];
}

function names(sections: CommandSections): readonly Candidate[] {
  const entries = Object.values(sections).flatMap((list) => Object.entries(list));
  return entries.map(([value, { summary }]) => ({ value, about: summary }));
}

/** Formats that want more after a `=`. */
const openFormats: Readonly<Record<string, string>> = {
  "custom-columns": "custom-columns=",
  "go-template": "go-template=",
};

/** Values that are known without asking anybody. A placeholder such as `<file>` says that it takes a path. */
function plainValues(word: Option | Argument): Offer {
  if (word.argChoices !== undefined) return word.argChoices.map((value) => ({ value: openFormats[value] ?? value }));
  const placeholder = "flags" in word ? word.flags : word.name();
  return /\b(file|dir|path|config)\b/iu.test(placeholder.replace(/^.*[<[]/u, "")) ? "files" : [];
}
