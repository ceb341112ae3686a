import { CancelledError, ConnectionLostError } from "../errors.ts";
import type { Input } from "./input.ts";
import { readInput } from "./input.ts";
import { sinkTo, type Output } from "./output.ts";
import type { Channel, Session, TerminalSize } from "./session.ts";

/** The local ends of a process's streams. */
export interface Streams {
  /** Absent: the process has no input. */
  readonly stdin?: Input | undefined;
  /** Absent: its output is not asked for. */
  readonly stdout?: Output | undefined;
  /** The same. With a terminal there is no stderr apart from stdout. */
  readonly stderr?: Output | undefined;
  /** Sizes of the terminal, each sent when it comes. */
  readonly resize?: AsyncIterable<TerminalSize> | undefined;
}

/** How a conversation ended. */
export interface Conversation {
  /** What came on the error channel; empty when nothing did. */
  readonly lastWord: string;
  /** Whether the error channel came to its own end, so that nothing can have been lost of it. */
  readonly isWhole: boolean;
  /** How the connection broke, if it did. A last word that came before it is as good as any. */
  readonly lost: ConnectionLostError | undefined;
}

/** Longest last word that is kept. */
const longestLastWordBytes = 65_536;

/**
 * Carries input and output of a process until the server has said its last word and everything has been written. Neither
 * way waits for the other, and a slow end holds up only the one it is on.
 *
 * @throws {CancelledError} when `signal` aborts
 * @throws what goes wrong with the local streams
 */
export async function converse(
  session: Session,
  streams: Streams,
  { signal, channels }: { readonly signal: AbortSignal | undefined; readonly channels: readonly Channel[] },
): Promise<Conversation> {
  const stop = new AbortController();
  let failure: { readonly error: unknown } | undefined;
  const giveUp = (error: unknown): void => {
    failure ??= { error };
    session.close();
  };
  const cancel = (): void => giveUp(new CancelledError("the stream was cancelled", { cause: signal?.reason }));
  signal?.addEventListener("abort", cancel, { once: true });
  if (signal?.aborted === true) cancel();

  using stdout = sinkTo(streams.stdout);
  using stderr = sinkTo(streams.stderr);
  const pumps = Promise.all([pumpInput(session, streams.stdin, stop.signal), pumpSizes(session, streams.resize, stop)]);
  pumps.catch(giveUp);

  const word: Uint8Array[] = [];
  let wordBytes = 0;
  let lost: ConnectionLostError | undefined;
  const open = new Set<Channel>(channels);
  try {
    for await (const { channel, bytes, isLast } of session.pieces()) {
      if (channel === "stdout" || channel === "data") await stdout.write(bytes);
      else if (channel === "stderr") await stderr.write(bytes);
      else if (wordBytes < longestLastWordBytes) {
        word.push(bytes);
        wordBytes += bytes.length;
      }
      if (isLast) open.delete(channel);
      if (open.size === 0) break;
    }
  } catch (error) {
    if (error instanceof ConnectionLostError) lost = error;
    else failure ??= { error };
  } finally {
    stop.abort();
    session.close();
    signal?.removeEventListener("abort", cancel);
  }
  if (failure !== undefined) throw failure.error;
  await Promise.all([stdout.flush(), stderr.flush()]);
  return { lastWord: Buffer.concat(word).toString(), isWhole: !open.has("error"), lost };
}

async function pumpInput(session: Session, stdin: Input | undefined, stop: AbortSignal): Promise<void> {
  if (stdin === undefined) return;
  for await (const bytes of readInput(stdin, stop)) {
    if (stop.aborted || !(await session.write(bytes))) return;
  }
  if (!stop.aborted) await session.endInput();
}

async function pumpSizes(
  session: Session,
  sizes: AsyncIterable<TerminalSize> | undefined,
  stop: AbortController,
): Promise<void> {
  for await (const size of sizes ?? []) {
    if (stop.signal.aborted) return;
    await session.resize(size);
  }
}
