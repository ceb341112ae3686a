import { ErrorCode, ProtocolViolation } from "./error-code.ts";
import {
  defaultMaxFrameBytes,
  Flag,
  type Frame,
  frame,
  frameHead,
  FrameType,
  numbersFrame,
  unpadded,
} from "./frames.ts";
import type { HeaderBlock } from "./header-decoder.ts";
import { checkWindow } from "./settings.ts";

/** What is told of a stream, in the order in which it comes. */
export interface StreamEvents {
  /** Its turn has come: the request's headers have gone to the socket. */
  readonly onStart?: (() => void) | undefined;
  /** The head of an answer, and the trailers behind it. */
  readonly onHeaders: (block: HeaderBlock) => void;
  readonly onData: (piece: Buffer) => void;
  /**
   * Called once, when nothing more comes: with NO_ERROR when the other side has said all, or the connection is gone, else with the code
   * that it reset the stream with. REFUSED_STREAM is also what it has never looked at, or never been sent.
   */
  readonly onEnd: (code: number) => void;
}

/** What a stream needs of its connection. */
export interface Line {
  readonly send: (...parts: readonly Buffer[]) => void;
  /** Takes room for a frame of up to so many bytes from what the other side lets the connection send, and says how much there was. */
  readonly take: (bytes: number) => number;
  /** The stream is over, both ways. */
  readonly forget: (stream: Http2Stream) => void;
}

/** How a stream begins. */
export interface StreamPlan {
  /** The request's headers as HPACK writes them. */
  readonly head: Buffer;
  readonly events: StreamEvents;
  /** How much the other side may send before it is told to go on. Bytes. */
  readonly windowBytes: number;
}

/** Something to send, and how much of it has been. */
interface Outgoing {
  readonly bytes: Uint8Array;
  readonly isLast: boolean;
  readonly done: () => void;
  sentBytes: number;
}

/** A request and its answer on a connection: RFC 9113, section 5. */
export class Http2Stream {
  readonly #line: Line;
  readonly #plan: StreamPlan;
  readonly #outgoing: Outgoing[] = [];
  /** 0 as long as it waits for its turn. */
  #id = 0;
  #sendWindowBytes = 0;
  /** What has come since the other side was last told to go on. */
  #owedBytes = 0;
  #isPaused = false;
  /** Whether the last of what is to be sent is known. */
  #isEnding = false;
  /** Whether everything has been sent, and whether everything has come. */
  #isSent = false;
  #isReceived = false;
  #isOver = false;

  constructor(line: Line, plan: StreamPlan) {
    this.#line = line;
    this.#plan = plan;
  }

  get id(): number {
    return this.#id;
  }

  /** Sends bytes, but none behind the last; settles when all of them have gone to the socket, or never will. */
  write(bytes: Uint8Array, isLast = false): Promise<void> {
    if (this.#isOver || this.#isEnding) return Promise.resolve();
    this.#isEnding = isLast;
    return new Promise((done) => {
      this.#outgoing.push({ bytes, isLast, done, sentBytes: 0 });
      while (this.sendSome());
    });
  }

  /** Lets the other side send no more than it was allowed to, until `resume`. */
  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#allowMore();
  }

  /** Ends it from here. Nothing is told of it any more. Does nothing to one that is over. */
  reset(code: number): void {
    if (this.#isOver) return;
    this.#isReceived = true;
    if (this.#id !== 0) this.#line.send(numbersFrame(FrameType.RST_STREAM, this.#id, code));
    this.#end();
  }

  /** Gets its turn: the request's headers go out, and what there is behind them. @param windowBytes of what it may send */
  start(id: number, windowBytes: number): void {
    this.#id = id;
    this.#sendWindowBytes = windowBytes;
    this.#sendHead();
    this.#plan.events.onStart?.();
    while (this.sendSome());
  }

  /** Sends one frame of what is to be sent, if there is room. Whether it did. */
  sendSome(): boolean {
    const [next] = this.#outgoing;
    if (next === undefined || this.#id === 0) return false;
    const left = next.bytes.length - next.sentBytes;
    const room = this.#line.take(Math.max(0, Math.min(left, this.#sendWindowBytes)));
    if (room === 0 && left > 0) return false;
    const isAll = room === left;
    const isLast = isAll && next.isLast;
    const start = next.bytes.byteOffset + next.sentBytes;
    this.#line.send(
      frameHead(FrameType.DATA, isLast ? Flag.END_STREAM : 0, this.#id, room),
      Buffer.from(next.bytes.buffer, start, room),
    );
    next.sentBytes += room;
    this.#sendWindowBytes -= room;
    if (!isAll) return true;
    this.#outgoing.shift();
    next.done();
    if (isLast) this.#isSent = true;
    if (this.#isSent && this.#isReceived) this.#end();
    return true;
  }

  /** The other side lets it send so many bytes more, or fewer. @throws {ProtocolViolation} when it cannot be so many */
  widen(bytes: number): void {
    this.#sendWindowBytes += bytes;
    checkWindow(this.#sendWindowBytes);
  }

  /** Headers have come. */
  receiveHeaders(block: HeaderBlock, isLast: boolean): void {
    // RFC 9110, section 15.2: an answer comes behind these.
    const isInterim = !isLast && block.get(":status")?.startsWith("1") === true;
    if (this.#isReceived || isInterim) return;
    this.#plan.events.onHeaders(block);
    if (isLast) this.receiveEnd(ErrorCode.NO_ERROR);
  }

  /** Data has come. @throws {ProtocolViolation} when it is more than it was allowed to be */
  receiveData(data: Frame): void {
    if (this.#isReceived) return;
    const isLast = (data.flags & Flag.END_STREAM) !== 0;
    this.#owedBytes += data.payload.length;
    if (this.#owedBytes > this.#plan.windowBytes) {
      throw new ProtocolViolation("more data than a stream may have", ErrorCode.FLOW_CONTROL_ERROR);
    }
    const piece = unpadded(data);
    if (piece.length > 0) this.#plan.events.onData(piece);
    if (isLast) this.receiveEnd(ErrorCode.NO_ERROR);
    else this.#allowMore();
  }

  /** Nothing more comes. A code means that nothing more is taken either. */
  receiveEnd(code: number): void {
    if (this.#isReceived) return;
    this.#isReceived = true;
    if (this.#isSent || code !== ErrorCode.NO_ERROR) this.#end();
    this.#plan.events.onEnd(code);
  }

  /** The connection is gone. */
  lose(): void {
    this.#end();
    this.receiveEnd(this.#id === 0 ? ErrorCode.REFUSED_STREAM : ErrorCode.NO_ERROR);
  }

  #sendHead(): void {
    const { head } = this.#plan;
    for (let at = 0; at < head.length; at += defaultMaxFrameBytes) {
      const part = head.subarray(at, at + defaultMaxFrameBytes);
      const flags = at + part.length === head.length ? Flag.END_HEADERS : 0;
      this.#line.send(frame(at === 0 ? FrameType.HEADERS : FrameType.CONTINUATION, flags, this.#id, part));
    }
  }

  /** Tells the other side to go on, when it may be about to wait. */
  #allowMore(): void {
    if (this.#isPaused || this.#isReceived || this.#owedBytes < this.#plan.windowBytes / 2) return;
    this.#line.send(numbersFrame(FrameType.WINDOW_UPDATE, this.#id, this.#owedBytes));
    this.#owedBytes = 0;
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#line.forget(this);
    for (const { done } of this.#outgoing.splice(0)) done();
  }
}
