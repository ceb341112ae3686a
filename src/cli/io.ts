import type { Keyboard } from "./keyboard.ts";
import type { Terminal } from "./outcome.ts";

/** Where text goes: a terminal, a pipe, a file, or a test's list. */
export interface Sink {
  write(text: string | Uint8Array): unknown;
  /** Settles when it can take more: a pipe's reader may be slow. */
  drained(): Promise<void>;
  /** Whether a person watches it live. */
  readonly isTty: boolean;
  /** Its properties now: the width changes with the window. */
  terminal(): Terminal;
}

/** The two names that the program answers to. */
export type InvokedAs = "crikit" | "crictl";

/** Everything of the process that the command line touches. `main.ts` makes the real one, tests their own. */
export interface Io {
  /** The name the program was called by. Under crictl's, what existing scripts do to containers stays as crictl does it. */
  readonly invokedAs: InvokedAs;
  readonly stdout: Sink;
  readonly stderr: Sink;
  /** Standard input; it is not opened before the first call. */
  stdin(): AsyncIterable<Uint8Array>;
  /** The terminal that standard input comes from, if it does. */
  keyboard(): Keyboard | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborts when the user or the system wants the command to end. */
  readonly signal: AbortSignal;
}
