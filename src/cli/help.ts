import type { Command } from "commander";
import type { AnyCommand, CommandList } from "./command.ts";
import type { InvokedAs } from "./io.ts";

/** What a help page is laid out for. */
export interface HelpOptions {
  /** Columns to wrap at. */
  readonly width: number;
}

/** The same, and the name the program was called by: the first word of every title. */
export interface RouteOptions extends HelpOptions {
  readonly invokedAs: InvokedAs;
}

/** The help of one command. */
export function commandHelp(words: Command, spec: AnyCommand, options: HelpOptions): string {
  const examples = spec.examples.map((example) => `  ${example}`);
  return `${base(words, options)}\n\nExamples:\n${examples.join("\n")}`;
}

/** The help of a list of commands: crikit's own, or that of a command that only has commands. */
export function listHelp(
  words: Command,
  sections: Readonly<Record<string, CommandList>>,
  options: HelpOptions,
): string {
  const names = Object.values(sections).flatMap((list) =>
    Object.entries(list).map(([name, entry]) => nameOf(name, entry)),
  );
  const width = Math.max(...names.map((name) => name.length)) + 2;
  const lists = Object.entries(sections).map(([heading, list]) => {
    const lines = Object.entries(list).map(([name, entry]) => `  ${nameOf(name, entry).padEnd(width)}${entry.summary}`);
    return `${heading}:\n${lines.join("\n")}`;
  });
  return `${base(words, options)}\n\n${lists.join("\n\n")}\n\nSee '${words.name()} help COMMAND' for one of them.`;
}

function base(words: Command, { width }: HelpOptions): string {
  return words
    .configureHelp({ helpWidth: Math.min(width, 120) })
    .helpInformation()
    .trimEnd();
}

function nameOf(name: string, { aliases = [] }: { readonly aliases?: readonly string[] }): string {
  return [name, ...aliases].join(", ");
}
