import { CancelledError } from "../errors.ts";
import { failures } from "../failures.ts";
import { exitCodeOf } from "./exit-code.ts";
import type { Io } from "./io.ts";
import type { Flow, Format, Outcome, Result, Terminal } from "./outcome.ts";
import { errorPage } from "./views/error-page.ts";
import { toJson } from "./views/json.ts";
import { printableLines } from "./views/printable.ts";
import type { Progress } from "./views/progress.ts";
import { toYaml } from "./views/yaml.ts";

/** How a command's end is told. */
export interface Manner {
  readonly io: Pick<Io, "stdout" | "stderr" | "signal">;
  readonly format: Format;
  /** The text of `--template`, for the format `go-template`. */
  readonly template?: string | undefined;
  readonly progress: Progress;
  /** Tells the causes of a failure as well. */
  readonly debug: boolean;
  /** The command as it is typed, such as `crikit lab up`: wrong words are pointed to its help. */
  readonly title: string;
  /** Exit status of what can go wrong in the world; 1 when absent. */
  readonly failureExitCode?: number | undefined;
}

/** Runs one command to its end: prints what it found, or why it could not, and gives the exit status. */
export async function perform<Data>(body: () => Promise<Outcome<Data>>, manner: Manner): Promise<number> {
  const { io, progress } = manner;
  try {
    const outcome = await body();
    if ("pass" in outcome) {
      progress.clear();
      return atLeast(await outcome.pass(io), tellAll(outcome.failures?.() ?? [], manner));
    }
    if ("items" in outcome) return await flow(outcome, manner);
    const text = await render(outcome, manner, io.stdout.terminal());
    progress.clear();
    if (text !== "") io.stdout.write(`${text}\n`);
    return atLeast(outcome.exitCode ?? 0, tellAll(outcome.failures ?? [], manner));
  } catch (error) {
    return fail(error, manner);
  }
}

/** Clears the screen and puts the cursor in its corner. @see ECMA-48, CUP and ED */
const clearScreen = "\u001b[H\u001b[2J";

async function flow<Item>(outcome: Flow<Item>, manner: Manner): Promise<number> {
  const { io, format, progress } = manner;
  const { view, views = {}, lines, redraw = false } = outcome;
  for await (const data of outcome.items) {
    const result = { data, view, views, ...(lines === undefined ? {} : { lines: lines(data) }) };
    const terminal = io.stdout.terminal();
    const whole = await render(result, manner, terminal);
    progress.clear();
    const before = redraw && io.stdout.isTty ? clearScreen : "";
    const text = before === "" ? whole : topOf(whole, terminal);
    if (text !== "") io.stdout.write(`${before}${format === "yaml" ? "---\n" : ""}${text}\n`);
    await io.stdout.drained();
  }
  return atLeast(outcome.exitCode?.() ?? 0, tellAll(outcome.failures?.() ?? [], manner));
}

/** What fits on the screen with the cursor below it: the head of a table must not scroll away. */
function topOf(text: string, { height = Infinity }: Terminal): string {
  return text
    .split("\n")
    .slice(0, Math.max(1, height - 1))
    .join("\n");
}

/** Tells on stderr why a command could not do its work, and gives the exit status. */
export function fail(error: unknown, manner: Manner): number {
  tell(failures(error), manner);
  const { io, failureExitCode } = manner;
  return io.signal.aborted ? exitCodeOf(new CancelledError("interrupted")) : exitCodeOf(error, failureExitCode);
}

/** Tells what failed beside what was done. @returns the exit status of the first, 0 for none */
function tellAll(list: readonly unknown[], manner: Manner): number {
  if (list.length === 0) return 0;
  tell(list.flatMap(failures), manner);
  return manner.io.signal.aborted
    ? exitCodeOf(new CancelledError("interrupted"))
    : exitCodeOf(list[0], manner.failureExitCode);
}

function tell(list: readonly unknown[], { io, progress, debug, title }: Manner): void {
  progress.clear();
  // Who pressed Ctrl-C knows that. What went wrong beside it, in the cleaning up, has to be told.
  const told = list.filter((failure) => !(io.signal.aborted && isCancellation(failure)));
  io.stderr.write(errorPage(told, { debug, title, color: io.stderr.terminal().color }));
}

/** A command's own exit status wins over that of what failed beside it. */
function atLeast(own: number, failed: number): number {
  return own === 0 ? failed : own;
}

async function render<Data>(result: Result<Data>, manner: Manner, terminal: Terminal): Promise<string> {
  const { data, view, views = {}, lines } = result;
  switch (manner.format) {
    case "json":
      return toJson(data);
    case "jsonl":
      return lines === undefined ? toJson(data, 0) : lines.map((line) => toJson(line, 0)).join("\n");
    case "yaml":
      return toYaml(data);
    case "go-template": {
      const { renderTemplate } = await import("../template/render.ts");
      const text = renderTemplate(manner.template ?? "", data).replace(/\n$/u, "");
      // What a pipe reads is as it was written; a terminal must not obey it.
      return terminal.width === Infinity ? text : printableLines(text, { color: false });
    }
    default:
      return printableLines((views[manner.format] ?? view)(data, terminal), terminal);
  }
}

/** `AbortError` is what Node's own functions throw when their signal aborts. */
function isCancellation(failure: unknown): boolean {
  return failure instanceof CancelledError || (failure instanceof Error && failure.name === "AbortError");
}
