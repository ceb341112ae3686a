import type { ByteSocket, OpenSocket } from "../byte-socket.ts";
import { ErrorCode, nameOfErrorCode, ProtocolViolation } from "./error-code.ts";
import { defaultMaxFrameBytes, Flag, frame, type Frame, FrameType, numbersFrame } from "./frames.ts";
import { encodeHeaders } from "./header-encoder.ts";
import type { Header } from "./header-table.ts";
import { type Goaway, Incoming } from "./incoming.ts";
import { Outbox } from "./outbox.ts";
import { preface } from "./preface.ts";
import { checkWindow, ownSettings, type Settings } from "./settings.ts";
import { Http2Stream, type Line, type StreamEvents } from "./stream.ts";

/** Larger than HTTP/2's 64 KiB, so that a list of 10,000 containers does not wait for window updates. Bytes. */
const windowBytes = 8 * 1024 * 1024;
/** What either side may send before it is told otherwise: RFC 9113, section 6.9.2. Bytes. */
const defaultWindowBytes = 65_535;
/** How many streams are opened before the other side has said how many it takes: RFC 9113 asks for at least so many. */
const streamsBeforeGreeting = 100;
/** Streams of a client have odd numbers of 31 bits. */
const lastStreamId = 2 ** 31 - 1;

/**
 * A socket that speaks HTTP/2 as a client (RFC 9113), or will: streams can be opened on it from the start, and go with the greeting.
 * It keeps the process alive while a stream is open, and no longer.
 */
export class Http2Connection {
  /** Settles when it is known whether the other side speaks HTTP/2: by what it has said, or by its silence. */
  readonly greeted: Promise<boolean>;
  readonly #socket: Pick<ByteSocket, "destroy">;
  readonly #outbox = new Outbox();
  readonly #incoming: Incoming;
  /** Those that are open, by their number, and those that wait until one of them has ended. */
  readonly #streams = new Map<number, Http2Stream>();
  readonly #waiting = new Set<Http2Stream>();
  #nextId = 1;
  /** What the other side allows: streams at once, bytes of a frame, and bytes on the way in a stream and in all of them. */
  #mostStreams = streamsBeforeGreeting;
  #maxFrameBytes = defaultMaxFrameBytes;
  #streamWindowBytes = defaultWindowBytes;
  #sendWindowBytes = defaultWindowBytes;
  /** What has come since the other side was last told to go on. Bytes. */
  #owedBytes = 0;
  #settleGreeted: ((isGreeted: boolean) => void) | undefined;
  #isGreeted = false;
  #isSilent = false;
  #isClosing = false;
  #isGone = false;
  #failure: Error | undefined;

  /** Starts to connect. @param timeoutMs how long the other side may take to say in HTTP/2 that it speaks it */
  constructor(open: OpenSocket, timeoutMs: number) {
    this.#incoming = new Incoming({
      onSettings: (settings) => this.#onSettings(settings),
      onHeaders: (id, block, isLast) => this.#known(id)?.receiveHeaders(block, isLast),
      onData: (id, data) => this.#onData(id, data),
      onReset: (id, code) => this.#known(id)?.receiveEnd(code),
      onWindow: (id, bytes) => this.#onWindow(id, bytes),
      onPing: (payload) => this.#outbox.answer(frame(FrameType.PING, Flag.ACK, 0, payload)),
      onGoaway: (goaway) => this.#onGoaway(goaway),
    });
    this.greeted = new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#isSilent = true;
        this.#break();
      }, timeoutMs);
      this.#settleGreeted = (isGreeted) => {
        clearTimeout(timer);
        resolve(isGreeted);
      };
    });
    this.#outbox.add(
      preface,
      frame(FrameType.SETTINGS, 0, 0, ownSettings(windowBytes)),
      numbersFrame(FrameType.WINDOW_UPDATE, 0, windowBytes - defaultWindowBytes),
    );
    this.#socket = open({
      onOpen: (socket) => this.#outbox.open(socket),
      onData: (piece) => this.#receive(piece),
      onClose: (error) => this.#lose(error),
    });
  }

  /** Whether the other side has said that it speaks HTTP/2. */
  get isGreeted(): boolean {
    return this.#isGreeted;
  }

  /** Whether it was given up because the other side said nothing. */
  get isSilent(): boolean {
    return this.#isSilent;
  }

  /** Whether another stream can be opened on it. */
  get isUsable(): boolean {
    return !this.#isClosing && !this.#isGone && this.#nextId <= lastStreamId;
  }

  /** Whether its streams are lost. */
  get isGone(): boolean {
    return this.#isGone;
  }

  /** What broke it. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Opens a stream. It waits for its turn where the other side takes no more of them. */
  request(headers: readonly Header[], events: StreamEvents): Http2Stream {
    const stream = new Http2Stream(this.#line, { head: encodeHeaders(headers), events, windowBytes });
    this.#waiting.add(stream);
    this.#startWaiting();
    this.#outbox.hold(true);
    return stream;
  }

  /** Ends it when the last stream has ended. */
  close(): void {
    this.#isClosing = true;
    this.#leaveIfUnused();
  }

  /** What its streams may do to it. */
  readonly #line: Line = {
    send: (...parts) => this.#outbox.add(...parts),
    take: (bytes) => {
      const taken = Math.min(bytes, this.#maxFrameBytes, this.#sendWindowBytes);
      this.#sendWindowBytes -= taken;
      return taken;
    },
    forget: (stream) => {
      this.#waiting.delete(stream);
      this.#streams.delete(stream.id);
      if (this.#isGone) return;
      this.#startWaiting();
      this.#leaveIfUnused();
    },
  };

  #startWaiting(): void {
    for (const stream of this.#waiting) {
      if (this.#streams.size >= this.#mostStreams) return;
      this.#waiting.delete(stream);
      this.#streams.set(this.#nextId, stream);
      stream.start(this.#nextId, this.#streamWindowBytes);
      this.#nextId += 2;
    }
  }

  /** Nobody is left who waits for anything. */
  #leaveIfUnused(): void {
    if (this.#streams.size + this.#waiting.size > 0) return;
    if (!this.#isGreeted) return this.#break();
    this.#outbox.hold(false);
    if (this.#isClosing) this.#outbox.end(numbersFrame(FrameType.GOAWAY, 0, 0, ErrorCode.NO_ERROR));
  }

  #break(error?: Error): void {
    this.#lose(error);
    this.#socket.destroy();
  }

  #lose(error?: Error): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#failure ??= error;
    this.#settleGreeted?.(false);
    for (const stream of [...this.#streams.values(), ...this.#waiting]) stream.lose();
  }

  #receive(piece: Buffer): void {
    if (this.#isGone) return;
    try {
      this.#incoming.push(piece);
    } catch (error) {
      if (!(error instanceof ProtocolViolation)) throw error;
      this.#outbox.end(numbersFrame(FrameType.GOAWAY, 0, 0, error.code));
      this.#break(error);
    }
  }

  #onSettings({ maxConcurrentStreams, initialWindowBytes, maxFrameBytes }: Settings): void {
    this.#outbox.answer(frame(FrameType.SETTINGS, Flag.ACK, 0, Buffer.alloc(0)));
    if (!this.#isGreeted) {
      this.#isGreeted = true;
      this.#mostStreams = Infinity;
      this.#settleGreeted?.(true);
    }
    this.#mostStreams = maxConcurrentStreams ?? this.#mostStreams;
    this.#maxFrameBytes = maxFrameBytes ?? this.#maxFrameBytes;
    const more = (initialWindowBytes ?? this.#streamWindowBytes) - this.#streamWindowBytes;
    this.#streamWindowBytes += more;
    for (const stream of this.#streams.values()) stream.widen(more);
    this.#sendMore();
    this.#startWaiting();
  }

  #onData(id: number, data: Frame): void {
    // Of streams that are over, too: it was on its way, and takes part of what the connection may have.
    this.#owedBytes += data.payload.length;
    this.#known(id)?.receiveData(data);
    if (this.#owedBytes < windowBytes / 2) return;
    this.#outbox.add(numbersFrame(FrameType.WINDOW_UPDATE, 0, this.#owedBytes));
    this.#owedBytes = 0;
  }

  #onWindow(id: number, bytes: number): void {
    if (id === 0) {
      this.#sendWindowBytes += bytes;
      checkWindow(this.#sendWindowBytes);
      return this.#sendMore();
    }
    const stream = this.#known(id);
    stream?.widen(bytes);
    // No other waits for this window.
    while (stream?.sendSome() === true);
  }

  /** Each stream sends a frame in its turn, for as long as there is room. Who has sent one goes behind the others, for the next time too. */
  #sendMore(): void {
    for (const [id, stream] of this.#streams) {
      if (stream.sendSome() && this.#streams.delete(id)) this.#streams.set(id, stream);
    }
  }

  #onGoaway({ lastStreamId: last, code, text }: Goaway): void {
    this.#isClosing = true;
    if (code !== ErrorCode.NO_ERROR) {
      this.#failure ??= new ProtocolViolation(
        `the runtime ended the connection: ${nameOfErrorCode(code)} ${text}`,
        code,
      );
    }
    const refused = [...[...this.#streams.values()].filter(({ id }) => id > last), ...this.#waiting];
    // RFC 9113, section 6.8: none of them may be opened any more, though others make room for them.
    this.#waiting.clear();
    for (const stream of refused) stream.receiveEnd(ErrorCode.REFUSED_STREAM);
    this.#leaveIfUnused();
  }

  /** The stream of that number, as long as it is not over. @throws {ProtocolViolation} when there never was one */
  #known(id: number): Http2Stream | undefined {
    if (id % 2 === 0 || id >= this.#nextId) throw new ProtocolViolation(`a frame of stream ${id}, which nobody opened`);
    return this.#streams.get(id);
  }
}
