import { Option, type Command, type OptionValues } from "commander";
import { UsageError } from "../errors.ts";
import { count, oneOf, deadline, type OneOf } from "./words.ts";
import type { Format } from "./outcome.ts";

/** The flags that every command takes, before its name or after. */
export interface GlobalFlags {
  readonly runtimeEndpoint?: string;
  readonly imageEndpoint?: string;
  /** Milliseconds that each RPC may take, in place of its own default. `Infinity` for no limit. */
  readonly timeout?: number;
  readonly config?: string;
  /** How often to knock again at a named socket that is not there. Less than none is for ever. */
  readonly maxRetries?: number;
  readonly debug?: boolean;
}

/** Short and long flag, what it says in the help, and how its value is read. The letters are crictl's. */
const globalFlags = [
  ["-r", "--runtime-endpoint <endpoint>", "socket of the runtime (env: CONTAINER_RUNTIME_ENDPOINT)"],
  ["-i", "--image-endpoint <endpoint>", "socket of the image service, if another (env: IMAGE_SERVICE_ENDPOINT)"],
  ["-t", "--timeout <duration>", "give an RPC up after 5, 5s, 2m; 0 for never (default: what fits the RPC)", deadline],
  ["-c", "--config <file>", "crictl's configuration file (default: /etc/crictl.yaml, env: CRI_CONFIG_FILE)"],
  [undefined, "--max-retries <count>", "knock so often again at a socket that is not there yet; -1 for ever", retries],
  ["-D", "--debug", "show each step and each RPC on stderr"],
] as const;

/** A number of retries; crictl takes a negative one for ever. */
function retries(text: string): number {
  return text === "-1" ? -1 : count(text);
}

/**
 * Adds the global flags to a command, but for a letter or a name that it uses for itself: its own meaning wins.
 *
 * @returns the names, as in `opts()`, of those that were added
 */
export function addGlobalFlags(words: Command): readonly string[] {
  const taken = new Set(words.options.flatMap(({ short, long }) => [short, long]));
  const added: string[] = [];
  for (const [short, long, description, parse] of globalFlags) {
    const [name = ""] = long.split(" ");
    if (taken.has(name)) continue;
    const option = new Option(
      short === undefined || taken.has(short) ? long : `${short}, ${long}`,
      description,
    ).helpGroup("Global options:");
    if (parse !== undefined) option.argParser(parse);
    words.addOption(option);
    added.push(option.attributeName());
  }
  return added;
}

/** What `-o` and `--template` say. */
export interface Output {
  readonly format: Format;
  /** What comes after `custom-columns=`, or the template of `go-template`. */
  readonly argument?: string;
}

/** Formats that take a text, and what to call it. */
const takingText: Partial<Readonly<Record<Format, string>>> = {
  "custom-columns": "HEAD:.path,…",
  "go-template": "TEMPLATE",
};

/** Adds `-o` to a command that has a choice of formats, and `--template` where one of them needs it. */
export function addOutputFlag(words: Command, formats: readonly [Format, ...Format[]]): void {
  if (formats.length === 1) return;
  const parse = (text: string): Output => {
    const at = text.indexOf("=");
    if (at < 0) return { format: oneOf(...formats)(text) };
    const format = formats.find((known) => known === text.slice(0, at) && takingText[known] !== undefined);
    // The message of a word that is none of them.
    return format === undefined ? { format: oneOf(...formats)(text) } : { format, argument: text.slice(at + 1) };
  };
  words.addOption(
    new Option("-o, --output <format>", "what to print")
      .argParser(Object.assign(parse, { choices: formats }))
      .default({ format: formats[0] }, formats[0]),
  );
  if (formats.includes("go-template")) {
    words.option("--template <text>", "the template of -o go-template, in the language of Go's text/template");
  }
}

/**
 * What `-o` and `--template` ask for together: a template without `-o` means `-o go-template`.
 *
 * @throws {UsageError} when one needs a text that is not there, or both say otherwise
 */
export function outputOf(formats: readonly [Format, ...Format[]], options: OptionValues): Output {
  if (formats.length === 1) return { format: formats[0] };
  const output = options["output"] as Output;
  const template = formats.includes("go-template") ? (options["template"] as string | undefined) : undefined;
  const isDefault = output.format === formats[0] && output.argument === undefined;
  if (template !== undefined && (isDefault || output.format === "go-template")) {
    return { format: "go-template", argument: template };
  }
  if (template !== undefined) throw new UsageError(`--template goes with -o go-template, not with -o ${output.format}`);
  if (takingText[output.format] !== undefined && (output.argument ?? "") === "") {
    const also = output.format === "go-template" ? " or --template TEMPLATE" : "";
    throw new UsageError(`-o ${output.format} needs a text: -o '${output.format}=${takingText[output.format]}'${also}`);
  }
  return output;
}

/** The choices that a word's parser was made with, if it was. */
export function choicesOf(parse: unknown): readonly string[] | undefined {
  return typeof parse === "function" && "choices" in parse ? (parse as OneOf<string>).choices : undefined;
}

/** The global flags among option values; only names in `added` are global ones. */
export function globalsAmong(values: OptionValues, added: readonly string[]): GlobalFlags {
  return Object.fromEntries(added.filter((name) => values[name] !== undefined).map((name) => [name, values[name]]));
}
