import process from "node:process";
import type { Io, Sink } from "./io.ts";
import { run } from "./program.ts";
import { CancelledError } from "../errors.ts";
import { errorPage } from "./views/error-page.ts";

/** Signals that ask for an end, and the exit status a shell expects of each: 128 and its number. @see signal(7) */
const signals = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/** Exit status that `run` gives for a command that was cancelled. */
const cancelled = 130;

/**
 * Runs crikit's command line in this process, and ends the process. The first signal cancels the command, which then
 * cleans up; a second one ends everything at once.
 */
async function main(): Promise<void> {
  const controller = new AbortController();
  let interruptedCode: number | undefined;
  const interrupt = (code: number, why: string): void => {
    interruptedCode = code;
    controller.abort(new CancelledError(why));
  };
  for (const [signal, code] of Object.entries(signals)) {
    process.on(signal, () => (interruptedCode === undefined ? interrupt(code, signal) : process.exit(code)));
  }
  // A reader that has seen enough, such as head: not a failure, and nobody is left to be told.
  process.stdout.on("error", () => interrupt(0, "the reader of the output has gone"));
  process.stderr.on("error", () => undefined);
  process.on("uncaughtException", (error) => {
    process.stderr.write(errorPage([error], { debug: true }));
    process.exit(70);
  });

  const code = await run(process.argv.slice(2), processIo(controller.signal));
  await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
  process.exit(code === cancelled ? (interruptedCode ?? code) : code);
}

function processIo(signal: AbortSignal): Io {
  return {
    stdout: sinkOf(process.stdout),
    stderr: sinkOf(process.stderr),
    stdin: () => process.stdin,
    env: process.env,
    signal,
  };
}

function sinkOf(stream: NodeJS.WriteStream): Sink {
  const isTty = stream.isTTY === true; // undefined for a pipe
  return {
    write: (text) => stream.write(text),
    isTty,
    terminal: () => ({
      width: isTty ? stream.columns : Infinity,
      // https://no-color.org: any value but the empty one
      color: isTty && (process.env["NO_COLOR"] ?? "") === "" && process.env["TERM"] !== "dumb",
      now: new Date(),
    }),
  };
}

/** Settles when everything written so far has been taken, or can never be. */
function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || !stream.writable) resolve();
    else stream.write("", () => resolve());
  });
}

await main();
