import { setMaxListeners } from "node:events";
import { basename } from "node:path";
import process from "node:process";
import { exitCodeOf } from "./exit-code.ts";
import { FirstWrites } from "./first-writes.ts";
import type { Io } from "./io.ts";
import { keyboardOf } from "./keyboard.ts";
import { run } from "./program.ts";
import { streamSink, type StreamSink } from "./stream-sink.ts";
import { CancelledError } from "../errors.ts";
import { isSystemError } from "./system-error.ts";
import { errorPage } from "./views/error-page.ts";

/** Signals that ask for an end, and the exit status a shell expects of each: 128 and its number. @see signal(7) */
const signals = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/** Exit status that `run` gives for a command that was cancelled. */
const cancelled = 130;

/** Milliseconds that the reader of an output has to take the rest of it, when a signal has come. */
const lastWaitMs = 1_000;

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
  const onOutputError = (error: Error): void => {
    // A reader that has seen enough, such as head, is no failure, and nobody is left to be told.
    if (isSystemError(error) && error.code === "EPIPE") cancelledCode = 0;
    else lost ??= error;
    controller.abort(new CancelledError("the output cannot be written"));
  };
  process.on("uncaughtException", (error) => {
    process.stderr.write(errorPage([error], { debug: true }));
    process.exit(exitCodeOf(error));
  });

  const io = processIo(controller.signal, onOutputError);
  const code = await run(process.argv.slice(2), io);
  const isTaken = await taken(io.stdout, controller.signal);
  if (lost !== undefined) io.stderr.write(errorPage([lost]));
  await taken(io.stderr, controller.signal);
  if (lost !== undefined) process.exit(exitCodeOf(lost));
  process.exit(code === cancelled || !isTaken ? cancelledCode : code);
}

/** Waits for the reader of an output. One that takes nothing keeps nobody from ending who is told to. @returns whether it took all */
function taken(output: StreamSink, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const giveUp = (): void => void setTimeout(() => resolve(false), lastWaitMs);
    if (signal.aborted) giveUp();
    else signal.addEventListener("abort", giveUp);
    void output.flushed().then(() => resolve(true));
  });
}

function processIo(
  signal: AbortSignal,
  onOutputError: (error: Error) => void,
): Io & { readonly stdout: StreamSink; readonly stderr: StreamSink } {
  const { env } = process;
  const stdout = once(() => process.stdout.on("error", onOutputError));
  const stderr = once(() => process.stderr.on("error", () => undefined));
  return {
    // Node's second word is the link that was called; an executable's own name is its first.
    invokedAs: [process.argv[1] ?? "", process.argv0].some((path) => basename(path, ".js") === "crictl")
      ? "crictl"
      : "crikit",
    stdout: streamSink(stdout, { signal, env, first: new FirstWrites(1), onError: onOutputError }),
    stderr: streamSink(stderr, { signal, env, first: new FirstWrites(2) }),
    stdin: () => process.stdin,
    keyboard: () => keyboardOf({ input: process.stdin, screens: [stdout(), stderr()], onSignal }),
    env,
    signal,
  };
}

/** The value of the first call, in each. */
function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => (made ??= { value: make() }).value;
}

function onSignal(signal: NodeJS.Signals, callback: () => void): () => void {
  process.on(signal, callback);
  return () => process.off(signal, callback);
}

// Not awaited here: a module that awaits cannot be part of a CommonJS bundle.
void main();
