import { once, setMaxListeners } from "node:events";
import { basename } from "node:path";
import process from "node:process";
import { exitCodeOf } from "./exit-code.ts";
import type { Io, Sink } from "./io.ts";
import { keyboardOf } from "./keyboard.ts";
import { run } from "./program.ts";
import { CancelledError } from "../errors.ts";
import { isSystemError } from "./system-error.ts";
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
  setMaxListeners(0, controller.signal); // every call that is under way listens: Node warns from the eleventh on
  let cancelledCode = cancelled;
  let isSignalled = false;
  for (const [signal, code] of Object.entries(signals)) {
    process.on(signal, () => {
      if (isSignalled) process.exit(code);
      isSignalled = true;
      cancelledCode = code;
      controller.abort(new CancelledError(signal));
    });
  }
  let lost: Error | undefined;
  process.stdout.on("error", (error) => {
    // A reader that has seen enough, such as head, is no failure, and nobody is left to be told.
    if (isSystemError(error) && error.code === "EPIPE") cancelledCode = 0;
    else lost ??= error;
    controller.abort(new CancelledError("the output cannot be written"));
  });
  process.stderr.on("error", () => undefined);
  process.on("uncaughtException", (error) => {
    process.stderr.write(errorPage([error], { debug: true }));
    process.exit(exitCodeOf(error));
  });

  const code = await run(process.argv.slice(2), processIo(controller.signal));
  await flushed(process.stdout);
  if (lost !== undefined) process.stderr.write(errorPage([lost]));
  await flushed(process.stderr);
  if (lost !== undefined) process.exit(exitCodeOf(lost));
  process.exit(code === cancelled ? cancelledCode : code);
}

function processIo(signal: AbortSignal): Io {
  return {
    // Node's second word is the link that was called; an executable's own name is its first.
    invokedAs: [process.argv[1] ?? "", process.argv0].some((path) => basename(path, ".js") === "crictl")
      ? "crictl"
      : "crikit",
    stdout: sinkOf(process.stdout, signal),
    stderr: sinkOf(process.stderr, signal),
    stdin: () => process.stdin,
    keyboard: () => keyboardOf({ input: process.stdin, screens: [process.stdout, process.stderr], onSignal }),
    env: process.env,
    signal,
  };
}

function onSignal(signal: NodeJS.Signals, callback: () => void): () => void {
  process.on(signal, callback);
  return () => process.off(signal, callback);
}

function sinkOf(stream: NodeJS.WriteStream, signal: AbortSignal): Sink {
  const isTty = stream.isTTY === true; // undefined for a pipe
  return {
    write: (text) => stream.write(text),
    drained: () => drained(stream, signal),
    isTty,
    terminal: () => ({
      width: isTty ? stream.columns || 80 : Infinity, // 0 where nobody has said how wide it is
      height: isTty ? stream.rows || undefined : undefined,
      // https://no-color.org: any value but the empty one
      color: isTty && (process.env["NO_COLOR"] ?? "") === "" && process.env["TERM"] !== "dumb",
      now: new Date(),
    }),
  };
}

/** Settles when the stream takes more, or never will. */
async function drained(stream: NodeJS.WriteStream, signal: AbortSignal): Promise<void> {
  if (!stream.writableNeedDrain) return;
  // A reader that goes is an error of the stream, which aborts the command.
  await once(stream, "drain", { signal }).catch(() => undefined);
}

/** Settles when everything written so far has been taken, or can never be, and the stream has said so. */
function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    // The event of a failed write comes after the callback of the next one.
    if (stream.destroyed || !stream.writable) setImmediate(resolve);
    else stream.write("", () => setImmediate(resolve));
  });
}

// Not awaited here: a module that awaits cannot be part of a CommonJS bundle.
void main();
