import type { CancelledError } from "../errors.ts";
import type { CallFailure } from "./call-failure.ts";
import type { Exchange, ExchangePlan } from "./exchange.ts";
import type { Http2Connection } from "./http2/connection.ts";
import { prefixBytes } from "./message-frames.ts";

/** Where the answers of a call go. */
export type Inbox = Pick<ExchangePlan, "onStart" | "onMessage" | "onEnd">;

/** Sends the headers of a call, and the request where there is only one. @throws {CancelledError} */
export type OpenStream = (inbox: Inbox) => Exchange;

/** How a stream reads its answers, and deals with its end. */
export interface StreamFate<Response> {
  readonly signal: AbortSignal | undefined;
  readonly decode: (bytes: Buffer) => Response;
  readonly toError: (failure: CallFailure, connection: Http2Connection) => Promise<Error>;
  /** Says more about a failure before the reader is told of it. */
  readonly explain: (error: unknown) => Promise<unknown>;
  /** Called once, with the failure if it was one. */
  readonly onEnd: (error?: unknown) => void;
}

/** What a stream holds for its reader, as it came, before it lets the runtime wait. Bytes. */
const mostHeldBytes = 1024 * 1024;

/**
 * The answers of a server-streaming call, in order, read at the reader's pace (HTTP/2 flow control reaches the runtime).
 * The call is under way from the start; leaving the loop, disposing of it or aborting its signal cancels it.
 */
export class ResponseStream<Response> implements AsyncIterable<Response>, AsyncDisposable {
  /** Settles when the request has been sent to a runtime that speaks gRPC, and rejects when it could not be. */
  readonly ready: Promise<void>;
  protected readonly exchange: Exchange | undefined;
  readonly #fate: StreamFate<Response>;
  /** What has come and was not read yet. */
  readonly #held: Buffer[] = [];
  #heldBytes = 0;
  #isOver = false;
  /** Settles with what it failed with, or nothing. */
  readonly #over: Promise<Error | undefined>;
  #settle: ((error?: Error | Promise<Error>) => void) | undefined;
  /** Wakes the reader. */
  #wake: (() => void) | undefined;
  #isSent = false;
  #settleSent: (() => void) | undefined;
  readonly #cancel = (): void => this.exchange?.cancel();

  constructor(open: OpenStream, fate: StreamFate<Response>) {
    this.#fate = fate;
    this.#over = new Promise((resolve) => (this.#settle = resolve));
    const onStart = (): void => {
      this.#isSent = true;
      this.#settleSent?.();
    };
    try {
      this.exchange = open({
        onStart,
        onMessage: (message) => this.#hold(message),
        onEnd: (failure) => this.#finish(failure),
      });
      fate.signal?.addEventListener("abort", this.#cancel, { once: true });
    } catch (error) {
      this.#end(error as CancelledError); // open() says so
    }
    this.ready = this.#sent();
    // Nobody may ever look at `ready`; the reader is told of the same failure.
    this.ready.catch(() => undefined);
  }

  /** @throws {CrikitError} what the runtime answered instead of an end, or `CancelledError` */
  async *[Symbol.asyncIterator](): AsyncGenerator<Response, void, undefined> {
    let failure: unknown;
    try {
      yield* this.#read();
    } catch (error) {
      failure = await this.#fate.explain(error);
      throw failure;
    } finally {
      this.exchange?.cancel();
      this.#fate.onEnd(failure);
    }
  }

  /** Cancels the call if it is still running. */
  [Symbol.asyncDispose](): Promise<void> {
    this.exchange?.cancel();
    return Promise.resolve();
  }

  async *#read(): AsyncGenerator<Response, void, undefined> {
    for (;;) {
      // All at once: to take the first out of many, one by one, costs the square of them.
      for (const message of this.#held.splice(0)) {
        const isFull = this.#heldBytes > mostHeldBytes;
        this.#heldBytes -= prefixBytes + message.length;
        if (isFull && this.#heldBytes <= mostHeldBytes) this.exchange?.resume();
        yield this.#fate.decode(message);
      }
      if (this.#held.length > 0) continue;
      if (!this.#isOver) await new Promise<void>((resolve) => (this.#wake = resolve));
      else {
        const error = await this.#over;
        if (error === undefined) return;
        throw error;
      }
    }
  }

  #hold(message: Buffer): void {
    this.#held.push(message);
    this.#heldBytes += prefixBytes + message.length;
    if (this.#heldBytes > mostHeldBytes) this.exchange?.pause();
    this.#wake?.();
  }

  #finish(failure: CallFailure | undefined): void {
    this.#fate.signal?.removeEventListener("abort", this.#cancel);
    const { connection } = this.exchange ?? {};
    this.#end(failure && connection && this.#fate.toError(failure, connection));
  }

  #end(error: Error | Promise<Error> | undefined): void {
    this.#isOver = true;
    this.#settle?.(error);
    this.#wake?.();
  }

  async #sent(): Promise<void> {
    const isGreeted = await this.exchange?.connection.greeted;
    if (!this.#isSent) await Promise.race([this.#over, new Promise<void>((resolve) => (this.#settleSent = resolve))]);
    if (this.#isSent && isGreeted === true) return;
    const error = await this.#over;
    if (error !== undefined) throw error;
  }
}

/** A call in which both sides send when they like. */
export class DuplexCall<Request, Response> extends ResponseStream<Response> {
  readonly #encode: (request: Request) => Uint8Array;

  constructor(open: OpenStream, encode: (request: Request) => Uint8Array, fate: StreamFate<Response>) {
    super(open, fate);
    this.#encode = encode;
  }

  /**
   * Sends one request; settles when there is room for the next, so a sender who awaits it holds one message in memory.
   * A call that has failed takes requests and drops them: its reader learns why.
   */
  async send(request: Request): Promise<void> {
    await this.exchange?.send(this.#encode(request));
  }

  /** Says that no request follows. */
  async end(): Promise<void> {
    this.exchange?.end();
    return Promise.resolve();
  }
}
