import { CancelledError } from "../errors.ts";
import { failures } from "../failures.ts";
import { exitCodeOf } from "./exit-code.ts";
import type { Io } from "./io.ts";
import type { Format, Outcome, Result, Terminal } from "./outcome.ts";
import { errorPage } from "./views/error-page.ts";
import { toJson } from "./views/json.ts";
import { printableLines } from "./views/printable.ts";
import type { Progress } from "./views/progress.ts";
import { toYaml } from "./views/yaml.ts";

/** How a command's end is told. */
export interface Manner {
  readonly io: Pick<Io, "stdout" | "stderr" | "signal">;
  readonly format: Format;
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
  const { io, format, progress } = manner;
  const print = async (outcome: Result<Data>, separator = ""): Promise<void> => {
    const text = await render(outcome, format, io.stdout.terminal());
    progress.clear();
    if (text !== "") io.stdout.write(`${separator}${text}\n`);
  };
  try {
    const outcome = await body();
    if (!("items" in outcome)) {
      await print(outcome);
      return outcome.exitCode ?? 0;
    }
    for await (const data of outcome.items) {
      await print({ data, view: outcome.view }, format === "yaml" ? "---\n" : "");
      await io.stdout.drained();
    }
    return outcome.exitCode?.() ?? 0;
  } catch (error) {
    return fail(error, manner);
  }
}

/** Tells on stderr why a command could not do its work, and gives the exit status. */
export function fail(error: unknown, { io, progress, debug, title, failureExitCode }: Manner): number {
  progress.clear();
  // Who pressed Ctrl-C knows that. What went wrong beside it, in the cleaning up, has to be told.
  const told = failures(error).filter((failure) => !(io.signal.aborted && isCancellation(failure)));
  io.stderr.write(errorPage(told, { debug, title, color: io.stderr.terminal().color }));
  return io.signal.aborted ? exitCodeOf(new CancelledError("interrupted")) : exitCodeOf(error, failureExitCode);
}

async function render<Data>({ data, view, views }: Result<Data>, format: Format, terminal: Terminal): Promise<string> {
  switch (format) {
    case "json":
      return toJson(data);
    case "jsonl":
      return toJson(data, 0);
    case "yaml":
      return toYaml(data);
    case "markdown":
      return printableLines((views?.markdown ?? view)(data, terminal), terminal);
    case "table":
    case "text":
      return printableLines(view(data, terminal), terminal);
  }
}

/** `AbortError` is what Node's own functions throw when their signal aborts. */
function isCancellation(failure: unknown): boolean {
  return failure instanceof CancelledError || (failure instanceof Error && failure.name === "AbortError");
}
