import { type CallFailure, failureOf } from "./call-failure.ts";
import { requestHeaders } from "./request-headers.ts";
import type { Http2Connection } from "./http2/connection.ts";
import { ErrorCode } from "./http2/error-code.ts";
import type { HeaderBlock } from "./http2/header-decoder.ts";
import type { Http2Stream } from "./http2/stream.ts";
import { framed, MessageReader, UnreadableMessage } from "./message-frames.ts";

/** One call on the wire. */
export interface ExchangePlan {
  /** `/package.Service/Method`. */
  readonly path: string;
  /** Headers beside gRPC's own. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** When it is given up, as milliseconds since 1970. The runtime is told, as `grpc-timeout`. */
  readonly deadline?: number | undefined;
  /** Length of the largest message that is taken. */
  readonly receiveLimitBytes: number;
  /** Called when the request's headers have been sent: at once, unless the runtime takes no more calls at a time. */
  readonly onStart?: (() => void) | undefined;
  /** Called with each message as it came, in order. */
  readonly onMessage: (message: Buffer) => void;
  /** Called once, after the last message; with what went wrong, if it did. */
  readonly onEnd: (failure?: CallFailure) => void;
}

/** Milliseconds by which the runtime may be early with a deadline that it was told in whole ones. */
const clockSlackMs = 10;
/** The longest that Node's timers take: about 25 days. */
export const longestTimerMs = 2 ** 31 - 1;

/** A call under way, as gRPC has it over HTTP/2: request headers, messages both ways, and a status at the end. */
export class Exchange {
  /** What it runs on. */
  readonly connection: Http2Connection;
  readonly #plan: ExchangePlan;
  readonly #stream: Http2Stream;
  readonly #reader: MessageReader;
  readonly #timer: NodeJS.Timeout | undefined;
  #httpStatus: number | undefined;
  #status: HeaderBlock | undefined;
  #isOver = false;

  /**
   * Sends the request's headers.
   *
   * @param connect gives what to send them on: not asked for when one of them cannot be sent
   * @throws {UsageError} when one of them cannot be sent
   */
  constructor(connect: () => Http2Connection, plan: ExchangePlan) {
    this.#plan = plan;
    this.#reader = new MessageReader(plan.receiveLimitBytes);
    const leftMs = plan.deadline === undefined ? undefined : Math.max(1, plan.deadline - Date.now());
    const headers = requestHeaders(plan.path, leftMs, plan.headers);
    this.connection = connect();
    this.#stream = this.connection.request(headers, {
      onStart: plan.onStart,
      onHeaders: (block) => this.#takeHeaders(block),
      onData: (piece) => this.#take(piece),
      onEnd: (code) => this.#finish(this.#failure(code)),
    });
    if (leftMs !== undefined && leftMs <= longestTimerMs) {
      this.#timer = setTimeout(() => this.#finish({ kind: "overdue" }), leftMs);
    }
  }

  /** Sends a message; settles when there is room for the next. What comes after the end is dropped. */
  send(message: Uint8Array): Promise<void> {
    return this.#stream.write(framed(message));
  }

  /** Says that no message follows, or none but this. */
  end(message?: Uint8Array): void {
    void this.#stream.write(message === undefined ? Buffer.alloc(0) : framed(message), true);
  }

  /** Lets the runtime send no more than HTTP/2's window has room for, until `resume`. */
  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  /** Ends the call from here. Does nothing to one that is over. */
  cancel(): void {
    this.#finish({ kind: "cancelled" });
  }

  #takeHeaders(block: HeaderBlock): void {
    if (this.#httpStatus === undefined) this.#httpStatus = Number(block.get(":status"));
    if (block.has("grpc-status")) this.#status = block;
  }

  #take(piece: Buffer): void {
    if (this.#isOver || this.#httpStatus !== 200) return;
    try {
      for (const message of this.#reader.push(piece)) this.#plan.onMessage(message);
    } catch (error) {
      if (!(error instanceof UnreadableMessage)) throw error;
      const { size, message } = error;
      this.#finish(size === undefined ? { kind: "unreadable", details: message } : { kind: "too-large", ...size });
    }
  }

  #failure(resetCode: number): CallFailure | undefined {
    const { deadline = Infinity } = this.#plan;
    return failureOf({
      httpStatus: this.#httpStatus,
      status: this.#status,
      resetCode,
      error: this.connection.failure,
      isConnectionGone: this.connection.isGone,
      isOverdue: Date.now() + clockSlackMs >= deadline,
    });
  }

  #finish(failure: CallFailure | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    // One that has ended both ways is over by itself. Servers take many resets for failures for an attack.
    this.#stream.reset(this.#status === undefined ? ErrorCode.CANCEL : ErrorCode.NO_ERROR);
    this.#plan.onEnd(failure);
  }
}
