import { CancelledError, ConnectionLostError } from "../errors.ts";
import { untilDetached } from "./detach-keys.ts";
import { readInput, type Input } from "./input.ts";
import { sinkTo, type Output } from "./output.ts";
import type { Channel, Session, TerminalSize } from "./session.ts";
import { untilStopped } from "./until-stopped.ts";

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
  /** Bytes that, typed one after the other on `stdin`, end the conversation and leave the process. */
  readonly detachKeys?: Uint8Array | undefined;
}

/** How a conversation ended. */
export interface Conversation {
  /** What came on the error channel; empty when nothing did. */
  readonly lastWord: string;
  /** Whether the error channel came to its own end, so that nothing can have been lost of it. */
  readonly isWhole: boolean;
  /** How the connection broke, if it did. A last word that came before it is as good as any. */
  readonly lost: ConnectionLostError | undefined;
  /** Whether the keys for that were typed. */
  readonly isDetached: boolean;
}

/** What a conversation is told beside its streams. */
export interface ConversationOptions {
  readonly signal: AbortSignal | undefined;
  /** The channels that the server will use. */
  readonly channels: readonly Channel[];
}

/** Longest last word that is kept. */
const longestLastWordBytes = 65_536;

/** How long input may be stuck when all output has ended, before we stop waiting for a last word. */
const stuckInputMs = 5_000;

/**
 * Carries input and output of a process until the server has said its last word and everything has been written. A slow end
 * holds up the sender, and nothing piles up but a mebibyte of output.
 *
 * @throws {CancelledError} when `signal` aborts
 * @throws {ConnectionLostError} when a last word will not come
 * @throws what goes wrong with the local streams
 */
export async function converse(
  session: Session,
  streams: Streams,
  { signal, channels }: ConversationOptions,
): Promise<Conversation> {
  const stop = new AbortController();
  using stdout = sinkTo(streams.stdout);
  using stderr = sinkTo(streams.stderr);
  let failure: { readonly error: unknown } | undefined;
  const giveUp = (error: unknown): void => {
    failure ??= { error };
    session.close();
    for (const sink of [stdout, stderr]) sink.giveUp(error); // somebody may not read at all
  };
  const cancel = (): void => giveUp(new CancelledError("the stream was cancelled", { cause: signal?.reason }));
  signal?.addEventListener("abort", cancel, { once: true });
  if (signal?.aborted === true) cancel();

  const input = new InputPump(session, streams, stop.signal);
  input.run().catch(giveUp);
  pumpSizes(session, streams.resize, stop.signal).catch(giveUp);

  const word: Uint8Array[] = [];
  let wordBytes = 0;
  let lost: ConnectionLostError | undefined;
  const open = new Set<Channel>(channels);
  try {
    for await (const { channel, bytes, isLast } of session.pieces()) {
      if (channel === "stdout") await input.heldUpBy(stdout.write(bytes));
      else if (channel === "stderr") await input.heldUpBy(stderr.write(bytes));
      else if (wordBytes < longestLastWordBytes) {
        word.push(bytes);
        wordBytes += bytes.length;
      }
      if (isLast) open.delete(channel);
      if (open.size === 0) break;
      if (open.size === 1 && open.has("error")) input.watch(stuckInputMs, giveUp);
    }
  } catch (error) {
    if (error instanceof ConnectionLostError) lost = error;
    else failure ??= { error };
  } finally {
    stop.abort();
    session.close();
  }
  try {
    if (failure === undefined) await Promise.all([stdout.flush(), stderr.flush()]);
  } finally {
    signal?.removeEventListener("abort", cancel);
  }
  if (failure !== undefined) throw failure.error;
  const lastWord = Buffer.concat(word).toString();
  return { lastWord, isWhole: !open.has("error"), lost, isDetached: input.isDetached };
}

/** Carries the input. */
class InputPump {
  isDetached = false;
  readonly #session: Session;
  readonly #streams: Streams;
  readonly #stop: AbortSignal;
  /** Writes that were begun and that were taken. */
  #begun = 0;
  #taken = 0;
  #isWatched = false;
  #output: Promise<void> | undefined;

  constructor(session: Session, streams: Streams, stop: AbortSignal) {
    this.#session = session;
    this.#streams = streams;
    this.#stop = stop;
  }

  async run(): Promise<void> {
    const { stdin, detachKeys = new Uint8Array() } = this.#streams;
    if (stdin === undefined) return;
    const input = untilDetached(readInput(stdin, this.#stop), detachKeys);
    for (;;) {
      const { done, value } = await input.next();
      if (this.#stop.aborted) return;
      if (done === true) {
        this.isDetached = value;
        if (value) {
          this.#session.close();
          return;
        }
        await this.#output;
        await this.#session.endInput();
        return;
      }
      await this.#output;
      if (this.#stop.aborted) return;
      this.#begun += 1;
      const isTaken = await this.#session.write(value);
      this.#taken += 1;
      if (!isTaken) {
        await input.return(false);
        return;
      }
    }
  }

  /**
   * Sends nothing until this much output has been taken. A server that is done closes while output is still on its way to
   * a slow reader; input that reaches it then makes its kernel throw that output away.
   */
  async heldUpBy(taken: Promise<void>): Promise<void> {
    this.#output = taken.catch(() => undefined); // told to whoever waits for it here
    await taken;
    this.#output = undefined;
  }

  /**
   * Gives up when nothing of the input is taken for a time. A process that ended without reading all of its input leaves
   * containerd waiting for somebody to read the rest, and it never says how the process ended.
   */
  watch(afterMs: number, giveUp: (error: Error) => void): void {
    if (this.#isWatched) return;
    this.#isWatched = true;
    let takenBefore = this.#taken;
    const timer = setInterval(() => {
      if (this.#begun > this.#taken && this.#taken === takenBefore) {
        giveUp(
          new ConnectionLostError(
            "the process has closed its output and reads no more input, and nothing tells how it ended",
            {
              hint: "this runtime cannot tell the exit code of a program that leaves much of its input unread",
            },
          ),
        );
      }
      takenBefore = this.#taken;
    }, afterMs);
    this.#stop.addEventListener("abort", () => clearInterval(timer), { once: true });
  }
}

async function pumpSizes(
  session: Session,
  sizes: AsyncIterable<TerminalSize> | undefined,
  stop: AbortSignal,
): Promise<void> {
  if (sizes === undefined) return;
  for await (const size of untilStopped(sizes, stop)) await session.resize(size);
}
