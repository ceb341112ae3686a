import { readFileSync } from "node:fs";
import { sections } from "./commands/index.ts";
import { createContext } from "./context.ts";
import { globalsAmong, outputOf, type GlobalFlags } from "./global-flags.ts";
import { commandHelp } from "./help.ts";
import type { AnyCommand } from "./command.ts";
import type { Io } from "./io.ts";
import { defaultFormats } from "./outcome.ts";
import { parse, wordsOf } from "./parse.ts";
import { fail, perform, type Manner } from "./perform.ts";
import { route, type Route } from "./route.ts";
import { crictlWords } from "./crictl-words.ts";
import { printable } from "./views/printable.ts";
import { createProgress } from "./views/progress.ts";

/** Runs one command line, `argv` without the program's own name, and gives the exit status. Never throws. */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  const [first, ...words] = argv;
  if (first === "crictl") return run(words, { ...io, invokedAs: "crictl" });
  // Hidden: the scripts of `crikit completion` call it at every TAB.
  if (first === "__complete") return printCompletion(words, io);
  try {
    return await follow(
      route(crictlWords(argv, io.invokedAs), sections, { ...helpOptions(io), invokedAs: io.invokedAs }),
      io,
    );
  } catch (error) {
    return fail(error, mannerOf(io, io.invokedAs));
  }
}

async function follow(to: Route, io: Io): Promise<number> {
  switch (to.to) {
    case "help":
      (to.asked ? io.stdout : io.stderr).write(`${to.text}\n`);
      return to.asked ? 0 : 2;
    case "version":
      io.stdout.write(`${io.invokedAs} version ${ownVersion()}\n`);
      return 0;
    case "command":
      return runCommand(to, io);
  }
}

async function runCommand(to: Extract<Route, { to: "command" }>, io: Io): Promise<number> {
  const spec = invokedAs(io.invokedAs, await to.entry.load());
  const { words, globals } = wordsOf(spec, to.title, to.entry.summary);
  let understood;
  try {
    const parsed = parse(words, to.rest);
    if (parsed === "help") {
      io.stdout.write(`${commandHelp(words, spec, helpOptions(io))}\n`);
      return 0;
    }
    const output = outputOf(spec.formats ?? defaultFormats, parsed.options);
    // A wrong template is told before anything is asked of the runtime, or changed.
    if (output.format === "go-template") (await import("../template/parse.ts")).parseTemplate(output.argument ?? "");
    understood = { ...parsed, output };
  } catch (error) {
    return fail(error, mannerOf(io, to.title));
  }
  const { args, options, output } = understood;
  const flags = { ...to.globals, ...globalsAmong(options, globals) };
  const { format, argument: template } = output;
  const manner = { ...mannerOf(io, to.title, flags), format, template, failureExitCode: spec.failureExitCode };
  const { progress } = manner;
  const interrupted = (): void => progress.say("cleaning up (interrupt again to stop at once)");
  io.signal.addEventListener("abort", interrupted, { once: true });
  await using context = createContext({ io, flags, output, progress });
  return await perform(() => spec.run({ args, options } as never, context), manner);
}

/** The command as it is under a name: crictl's default format is the first of its formats. */
function invokedAs(name: Io["invokedAs"], spec: AnyCommand): AnyCommand {
  const { crictlFormat: first, formats = defaultFormats } = spec;
  if (name !== "crictl" || first === undefined) return spec;
  return { ...spec, formats: [first, ...formats.filter((format) => format !== first)] };
}

/**
 * Prints what fits the last of `words`, a line each: the value, a TAB, what it is. The line `:files` asks the shell for the
 * names of files. Says nothing of failures: nobody wants to read them while typing.
 */
async function printCompletion(words: readonly string[], io: Io): Promise<number> {
  const { complete } = await import("./complete.ts");
  try {
    const offer = await complete(words, sections, io);
    const lines =
      offer === "files" ? [":files"] : offer.map(({ value, about = "" }) => printable(value) + "\t" + printable(about));
    io.stdout.write(lines.map((line) => `${line}\n`).join(""));
    return 0;
  } catch {
    return 1;
  }
}

function mannerOf(io: Io, title: string, { debug = false }: GlobalFlags = {}): Manner {
  return { io, title, debug, format: "text", progress: createProgress(io.stderr, { plain: debug }) };
}

function helpOptions(io: Io): { readonly width: number } {
  return { width: io.stdout.terminal().width };
}

/** From package.json, which is two folders up from the source and from what is built of it. */
function ownVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
    readonly version: string;
  };
  return version;
}
