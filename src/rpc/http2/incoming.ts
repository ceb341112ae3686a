import { ErrorCode, ProtocolViolation } from "./error-code.ts";
import { Flag, type Frame, FrameReader, FrameType, headBytes, unpadded } from "./frames.ts";
import { checkHeaderBytes, type HeaderBlock, HeaderDecoder } from "./header-decoder.ts";
import { parseSettings, type Settings } from "./settings.ts";

/** What the other side says, once it is known to be well formed. A stream is named by its number, the connection by 0. */
export interface Receiver {
  readonly onSettings: (settings: Settings) => void;
  readonly onHeaders: (streamId: number, block: HeaderBlock, isLast: boolean) => void;
  readonly onData: (streamId: number, frame: Frame) => void;
  /** The other side has ended a stream. @param code one of `ErrorCode` */
  readonly onReset: (streamId: number, code: number) => void;
  /** It lets so many bytes more be sent. */
  readonly onWindow: (streamId: number, bytes: number) => void;
  /** It wants this back. */
  readonly onPing: (payload: Buffer) => void;
  /** It takes no more streams, and has not looked at any after the last one that it names. */
  readonly onGoaway: (goaway: Goaway) => void;
}

/** Why a side takes no more streams: RFC 9113, section 6.8. */
export interface Goaway {
  readonly lastStreamId: number;
  /** One of `ErrorCode`. */
  readonly code: number;
  /** What it says beside, for people. */
  readonly text: string;
}

const pingBytes = 8;
/** Numbers have 31 bits; the one above is reserved. */
const mask31 = 0x7fff_ffff;

/** A block of headers of which not everything has come. */
interface Unfinished {
  readonly streamId: number;
  readonly isLast: boolean;
  readonly parts: Buffer[];
  /** Of its frames, heads and all: there may be nothing in them. */
  bytes: number;
}

/** Reads what a server of HTTP/2 sends, and holds it to the order that frames have: RFC 9113, sections 3.4, 4.3 and 6. */
export class Incoming {
  readonly #receiver: Receiver;
  readonly #reader = new FrameReader();
  readonly #decoder = new HeaderDecoder();
  #isGreeted = false;
  #block: Unfinished | undefined;

  constructor(receiver: Receiver) {
    this.#receiver = receiver;
  }

  /** @throws {ProtocolViolation} after which nothing more can be read */
  push(piece: Buffer): void {
    this.#reader.push(piece, (frame) => this.#handle(frame));
  }

  #handle(frame: Frame): void {
    const { type, flags, streamId, payload } = frame;
    if (!this.#isGreeted && type !== FrameType.SETTINGS) throw new ProtocolViolation("no SETTINGS at the start");
    if (this.#block !== undefined && (type !== FrameType.CONTINUATION || streamId !== this.#block.streamId)) {
      throw new ProtocolViolation("something else in the middle of headers");
    }
    switch (type) {
      case FrameType.DATA:
        this.#receiver.onData(ofStream(streamId), frame);
        break;
      case FrameType.HEADERS:
        this.#block = {
          streamId: ofStream(streamId),
          isLast: (flags & Flag.END_STREAM) !== 0,
          parts: [],
          bytes: 0,
        };
        this.#takeHeaders(unpadded(frame), flags);
        break;
      case FrameType.CONTINUATION:
        this.#takeHeaders(payload, flags);
        break;
      case FrameType.RST_STREAM:
        this.#receiver.onReset(ofStream(streamId), numbersIn(frame, 1)[0] ?? 0);
        break;
      case FrameType.SETTINGS:
        this.#takeSettings(frame);
        break;
      case FrameType.PUSH_PROMISE:
        throw new ProtocolViolation("a push, which was forbidden");
      case FrameType.PING:
        if (payload.length !== pingBytes) throw wrongLength(frame);
        if ((flags & Flag.ACK) === 0) this.#receiver.onPing(payload);
        break;
      case FrameType.GOAWAY:
        this.#takeGoaway(frame);
        break;
      case FrameType.WINDOW_UPDATE:
        this.#takeWindow(frame);
        break;
      // Frames that nobody knows are passed over: section 5.5.
    }
  }

  #takeHeaders(part: Buffer, flags: number): void {
    const block = this.#block;
    if (block === undefined) throw new ProtocolViolation("headers that go on without a start");
    block.parts.push(part);
    block.bytes += headBytes + part.length;
    checkHeaderBytes(block.bytes);
    if ((flags & Flag.END_HEADERS) === 0) return;
    this.#block = undefined;
    const { streamId, isLast, parts } = block;
    const [first = part] = parts;
    const whole = parts.length === 1 ? first : Buffer.concat(parts);
    this.#receiver.onHeaders(streamId, this.#decoder.decode(whole), isLast);
  }

  #takeSettings({ flags, streamId, payload }: Frame): void {
    if (streamId !== 0) throw new ProtocolViolation("SETTINGS of a stream");
    const isAck = (flags & Flag.ACK) !== 0;
    if (!isAck) {
      this.#isGreeted = true;
      this.#receiver.onSettings(parseSettings(payload));
    } else if (!this.#isGreeted) throw new ProtocolViolation("no SETTINGS at the start");
  }

  #takeGoaway(frame: Frame): void {
    const { payload } = frame;
    const [lastStreamId = 0, code = 0] = numbersIn({ ...frame, payload: payload.subarray(0, 8) }, 2);
    this.#receiver.onGoaway({ lastStreamId: lastStreamId & mask31, code, text: payload.toString("latin1", 8) });
  }

  #takeWindow(frame: Frame): void {
    const bytes = (numbersIn(frame, 1)[0] ?? 0) & mask31;
    if (bytes === 0) throw new ProtocolViolation("a window that is no larger");
    this.#receiver.onWindow(frame.streamId, bytes);
  }
}

function ofStream(streamId: number): number {
  if (streamId === 0) throw new ProtocolViolation("a stream's frame of none");
  return streamId;
}

/** A payload of so many numbers of 32 bits. */
function numbersIn(frame: Frame, count: number): readonly number[] {
  if (frame.payload.length !== 4 * count) throw wrongLength(frame);
  return Array.from({ length: count }, (_, at) => frame.payload.readUInt32BE(4 * at));
}

function wrongLength({ type, payload }: Frame): ProtocolViolation {
  return new ProtocolViolation(`a frame of type ${type} with ${payload.length} bytes`, ErrorCode.FRAME_SIZE_ERROR);
}
