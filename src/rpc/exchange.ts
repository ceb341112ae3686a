import type { ClientHttp2Stream, IncomingHttpHeaders } from "node:http2";
import { type CallFailure, failureOf } from "./call-failure.ts";
import type { Http2Connection } from "./http2-connection.ts";
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
  /** Called with each message as it came, in order. */
  readonly onMessage: (message: Buffer) => void;
  /** Called once, after the last message; with what went wrong, if it did. */
  readonly onEnd: (failure?: CallFailure) => void;
}

/** Milliseconds by which the runtime may be early with a deadline that it was told in whole ones. */
const clockSlackMs = 10;
/** HTTP/2's codes for a stream that is over, and for one that is not wanted any more: RFC 9113, section 7. */
const noErrorCode = 0;
const cancelCode = 8;
/** The longest that Node's timers take: about 25 days. */
const longestTimerMs = 2 ** 31 - 1;

/** A call under way, as gRPC has it over HTTP/2: request headers, messages both ways, and a status at the end. */
export class Exchange {
  /** What it runs on. */
  readonly connection: Http2Connection;
  readonly #plan: ExchangePlan;
  readonly #stream: ClientHttp2Stream;
  readonly #reader: MessageReader;
  readonly #timer: NodeJS.Timeout | undefined;
  /** Those who wait until there is room to send more. */
  readonly #senders = new Set<() => void>();
  #httpStatus: number | undefined;
  #status: IncomingHttpHeaders | undefined;
  #error: Error | undefined;
  #isRead = false;
  #isOver = false;

  /** Sends the request's headers. */
  constructor(connection: Http2Connection, plan: ExchangePlan) {
    this.connection = connection;
    this.#plan = plan;
    this.#reader = new MessageReader(plan.receiveLimitBytes);
    const leftMs = plan.deadline === undefined ? undefined : Math.max(1, plan.deadline - Date.now());
    this.#stream = connection.request({
      ":method": "POST",
      ":path": plan.path,
      ":authority": "localhost", // servers in Rust refuse a socket's path; Go's clients send this too
      te: "trailers",
      "content-type": "application/grpc",
      "user-agent": "grpc-node-crikit",
      ...(leftMs === undefined ? {} : { "grpc-timeout": timeoutText(leftMs) }),
      ...plan.headers,
    });
    if (leftMs !== undefined && leftMs <= longestTimerMs) {
      this.#timer = setTimeout(() => this.#finish({ kind: "overdue" }), leftMs);
    }
    this.#listen();
  }

  /** Sends a message; settles when there is room for the next. What comes after the end is dropped. */
  send(message: Uint8Array): Promise<void> {
    if (this.#isOver) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        this.#senders.delete(done);
        resolve();
      };
      this.#senders.add(done);
      this.#stream.write(framed(message), done);
    });
  }

  /** Says that no message follows, or none but this. */
  end(message?: Uint8Array): void {
    if (this.#isOver) return;
    if (message === undefined) this.#stream.end();
    else this.#stream.end(framed(message));
  }

  /** Takes no more until `resume`: HTTP/2's flow control lets the runtime know. */
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

  #listen(): void {
    const stream = this.#stream;
    stream.on("response", (head) => {
      this.#httpStatus = head[":status"];
      if (head["grpc-status"] !== undefined) this.#status = head;
    });
    stream.on("trailers", (trailers) => {
      if (trailers["grpc-status"] !== undefined) this.#status = trailers;
      this.#settle();
    });
    stream.on("data", (piece: Buffer) => this.#take(piece));
    stream.on("end", () => {
      this.#isRead = true;
      this.#settle();
    });
    stream.on("error", (error: Error) => (this.#error = error));
    stream.on("close", () => this.#finish(this.#failure()));
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

  /** A status ends the call, once what came before it is read: a runtime may leave its side of the stream open. */
  #settle(): void {
    if (this.#isRead && this.#status !== undefined) this.#finish(this.#failure());
  }

  #failure(): CallFailure | undefined {
    const { deadline = Infinity } = this.#plan;
    return failureOf({
      httpStatus: this.#httpStatus,
      status: this.#status,
      resetCode: this.#stream.rstCode,
      error: this.connection.failure ?? this.#error,
      isConnectionGone: this.connection.isGone,
      isOverdue: Date.now() + clockSlackMs >= deadline,
    });
  }

  /** A stream that has ended both ways closes by itself, and servers take many resets for an attack. */
  #leave(): void {
    const stream = this.#stream;
    const isComplete = this.#isRead && this.#status !== undefined;
    if (stream.closed || (isComplete && stream.writableEnded)) return;
    stream.close(isComplete ? noErrorCode : cancelCode);
  }

  #finish(failure: CallFailure | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#leave();
    for (const done of this.#senders) done();
    this.#plan.onEnd(failure);
  }
}

/** `grpc-timeout`: at most eight digits and a unit. */
function timeoutText(ms: number): string {
  const largest = 99_999_999;
  if (ms <= largest) return `${Math.ceil(ms)}m`;
  return ms / 1_000 <= largest ? `${Math.ceil(ms / 1_000)}S` : `${Math.min(largest, Math.ceil(ms / 3_600_000))}H`;
}
