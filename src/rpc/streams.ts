import type { ClientDuplexStream, ClientReadableStream, ServiceError } from "@grpc/grpc-js";

/** How a stream deals with its end. */
export interface StreamFate {
  readonly signal: AbortSignal | undefined;
  readonly toError: (error: ServiceError) => Promise<unknown>;
  /** Called once, with the failure if it was one. */
  readonly onEnd: (error?: unknown) => void;
}

/**
 * The answers of a server-streaming call, in order, read at the reader's pace (HTTP/2 flow control reaches the runtime).
 * The call is under way from the start; leaving the loop, disposing of it or aborting its signal cancels it.
 */
export class ResponseStream<Response> implements AsyncIterable<Response>, AsyncDisposable {
  /** Settles when the request has been sent, and rejects when it could not be. */
  readonly ready: Promise<void>;
  readonly #opened: Promise<ClientReadableStream<Response>>;
  readonly #fate: StreamFate;
  #failure: ServiceError | undefined;
  #ended = false;

  constructor(opened: Promise<ClientReadableStream<Response>>, fate: StreamFate) {
    this.#opened = opened;
    this.#fate = fate;
    this.ready = opened.then((call) => this.#watch(call));
    // Nobody may ever look at `ready`; the reader is told of the same failure.
    this.ready.catch(() => undefined);
  }

  /** @throws {CrikitError} what the runtime answered instead of an end, or `CancelledError` */
  async *[Symbol.asyncIterator](): AsyncGenerator<Response, void, undefined> {
    let failure: unknown;
    try {
      const call = await this.#opened;
      try {
        yield* this.#read(call);
      } finally {
        call.cancel();
      }
    } catch (error) {
      failure = error;
      throw error;
    } finally {
      this.#fate.onEnd(failure);
    }
  }

  /** Cancels the call if it is still running. */
  async [Symbol.asyncDispose](): Promise<void> {
    const call = await this.#opened.catch(() => undefined);
    call?.cancel();
  }

  /**
   * By hand, because grpc-js emits `error` beside the stream instead of destroying it: Node's own iterator would miss a
   * failure that came before the first pull, and drop answers that came before the failure.
   */
  async *#read(call: ClientReadableStream<Response>): AsyncGenerator<Response, void, undefined> {
    for (;;) {
      const response: Response | null = call.read();
      if (response !== null) yield response;
      else if (this.#ended && call.readableLength === 0) break;
      else await somethingNew(call);
    }
    if (this.#failure !== undefined) throw await this.#fate.toError(this.#failure);
  }

  #watch(call: ClientReadableStream<Response>): void {
    const { signal } = this.#fate;
    const cancel = (): void => call.cancel();
    const end = (): void => {
      this.#ended = true;
      signal?.removeEventListener("abort", cancel);
    };
    call.once("error", (error: ServiceError) => (this.#failure = error));
    call.once("status", end);
    call.once("end", end);
    if (signal?.aborted === true) cancel();
    else signal?.addEventListener("abort", cancel, { once: true });
    call.read(0); // fills the buffer: grpc-js drops what nobody has pulled when a failure follows
  }
}

function somethingNew(call: NodeJS.EventEmitter): Promise<void> {
  const events = ["readable", "end", "status"];
  return new Promise((resolve) => {
    const wake = (): void => {
      for (const event of events) call.removeListener(event, wake);
      resolve();
    };
    for (const event of events) call.on(event, wake);
  });
}

/** A call in which both sides send when they like. */
export class DuplexCall<Request, Response> implements AsyncIterable<Response>, AsyncDisposable {
  readonly #opened: Promise<ClientDuplexStream<Request, Response>>;
  readonly #responses: ResponseStream<Response>;
  #ended = false;

  constructor(opened: Promise<ClientDuplexStream<Request, Response>>, fate: StreamFate) {
    this.#opened = opened;
    this.#responses = new ResponseStream(opened, fate);
    opened.then((call) => call.once("status", () => (this.#ended = true))).catch(() => undefined);
  }

  /**
   * Sends one request; settles when there is room for the next, so a sender who awaits it holds one message in memory.
   * A call that has failed takes requests and drops them: its reader learns why.
   */
  async send(request: Request): Promise<void> {
    const call = await this.#opened;
    if (this.#ended) return;
    await new Promise<void>((resolve) => {
      const ended = (): void => resolve();
      call.once("status", ended);
      call.write(request, () => {
        call.removeListener("status", ended);
        resolve();
      });
    });
  }

  /** Says that no request follows. */
  async end(): Promise<void> {
    (await this.#opened).end();
  }

  [Symbol.asyncIterator](): AsyncGenerator<Response, void, undefined> {
    return this.#responses[Symbol.asyncIterator]();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#responses[Symbol.asyncDispose]();
  }
}
