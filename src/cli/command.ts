import type { Command, OptionValues } from "@commander-js/extra-typings";
import type { Context } from "./context.ts";
import type { Format, Outcome } from "./outcome.ts";

/** A value that the shell can offer, and what it is. */
export interface Candidate {
  readonly value: string;
  readonly about?: string;
}

/** What fits a word: candidates, or any name of a file. */
export type Offer = readonly Candidate[] | "files";

/** The word that is being typed, and the operands before it. */
export interface Typed {
  readonly current: string;
  readonly before: readonly string[];
}

/** What a command gets of its words, typed from their declaration. */
interface Input<Args, Options> {
  readonly args: Args;
  readonly options: Options;
}

/** A command as its file writes it down. Its name, aliases and summary are in `commands/index.ts`. */
export interface CommandSpec<Args extends unknown[], Options extends OptionValues, Data> {
  /** What the summary does not say, as sentences. */
  readonly about?: string;
  /** Command lines that work as they stand. */
  readonly examples: readonly [string, ...string[]];
  /** Declares arguments and options. The global ones and `-o` are added by the frame. */
  readonly words?: (words: Command) => Command<Args, Options>;
  /** What `-o` takes, the default first; table, json and yaml when absent. With one format there is no `-o`. */
  readonly formats?: readonly [Format, ...Format[]];
  /** The default of `-o` under the name crictl, where crictl has another. */
  readonly crictlFormat?: Format;
  /** Exit status of what can go wrong in the world, where 1 has another meaning. 1 when absent. */
  readonly failureExitCode?: number;
  /** Values for the shell's completion, by argument name or long flag, such as `method` or `--describe`. */
  readonly complete?: Readonly<Record<string, (context: Context, typed: Typed) => Promise<Offer>>>;
  /** Does it. Returns what it found and prints nothing. */
  readonly run: (input: Input<Args, Options>, context: Context) => Promise<Outcome<Data>>;
}

/** Any command, its types forgotten: what the frame works with. */
export type AnyCommand = CommandSpec<never[], OptionValues, unknown>;

/** Writes a command down. The types of `run`'s input come from the declaration in `words`. */
export function command<
  Args extends unknown[] = [],
  Options extends OptionValues = Record<never, never>,
  Data = unknown,
>(spec: CommandSpec<Args, Options, Data>): AnyCommand {
  return spec as unknown as AnyCommand;
}

/** One line of the list of commands: what `--help` shows, without loading the command's file. */
export interface CommandEntry {
  readonly summary: string;
  readonly aliases?: readonly string[];
  readonly load: () => Promise<AnyCommand>;
}

/** A command that only has commands, such as `lab`. */
export interface CommandGroup {
  readonly summary: string;
  readonly aliases?: readonly string[];
  readonly commands: Readonly<Record<string, CommandEntry>>;
}

/** Commands by name, in the order of the help. */
export type CommandList = Readonly<Record<string, CommandEntry | CommandGroup>>;
