import { ErrorCode, ProtocolViolation } from "./error-code.ts";

/** What a frame is: RFC 9113, section 6. */
export const FrameType = {
  DATA: 0,
  HEADERS: 1,
  RST_STREAM: 3,
  SETTINGS: 4,
  PUSH_PROMISE: 5,
  PING: 6,
  GOAWAY: 7,
  WINDOW_UPDATE: 8,
  CONTINUATION: 9,
} as const;

/** Bits of a frame's flags; `END_STREAM` of DATA and HEADERS has the bit that SETTINGS and PING call `ACK`. */
export const Flag = { END_STREAM: 0x1, ACK: 0x1, END_HEADERS: 0x4, PADDED: 0x8, PRIORITY: 0x20 } as const;

/** One frame as it came: its payload is a part of what was read, not a copy. */
export interface Frame {
  readonly type: number;
  readonly flags: number;
  /** 0 for the connection itself. */
  readonly streamId: number;
  readonly payload: Buffer;
}

/** Length of what comes before a payload: RFC 9113, section 4.1. */
export const headBytes = 9;

/** The longest payload that either side may send unless the other has allowed more: RFC 9113, section 4.2. */
export const defaultMaxFrameBytes = 16_384;

/** A stream's number has 31 bits; the one above is reserved. */
const streamIdMask = 0x7fff_ffff;

/** A frame to send. @param payload copied */
export function frame(type: number, flags: number, streamId: number, payload: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(headBytes + payload.length);
  writeHead(bytes, { type, flags, streamId, payloadBytes: payload.length });
  bytes.set(payload, headBytes);
  return bytes;
}

/** The head of a frame whose payload is sent behind it. */
export function frameHead(type: number, flags: number, streamId: number, payloadBytes: number): Buffer {
  const bytes = Buffer.allocUnsafe(headBytes);
  writeHead(bytes, { type, flags, streamId, payloadBytes });
  return bytes;
}

/** A frame whose payload is numbers of 32 bits: RST_STREAM, WINDOW_UPDATE, GOAWAY. */
export function numbersFrame(type: number, streamId: number, ...numbers: readonly number[]): Buffer {
  const payload = Buffer.allocUnsafe(4 * numbers.length);
  for (const [at, number] of numbers.entries()) payload.writeUInt32BE(number, 4 * at);
  return frame(type, 0, streamId, payload);
}

function writeHead(
  bytes: Buffer,
  { type, flags, streamId, payloadBytes }: Omit<Frame, "payload"> & { readonly payloadBytes: number },
): void {
  bytes.writeUIntBE(payloadBytes, 0, 3);
  bytes[3] = type;
  bytes[4] = flags;
  bytes.writeUInt32BE(streamId, 5);
}

/** Finds the frames in what arrives, in whatever pieces it does. */
export class FrameReader {
  /** The start of a frame that is not all there. */
  #rest: Buffer | undefined;

  /**
   * Gives every frame that this piece completes to `onFrame`. Only a frame that lies across two pieces is copied.
   *
   * @throws {ProtocolViolation} as soon as the head of a frame says that it is longer than was allowed
   */
  push(piece: Buffer, onFrame: (frame: Frame) => void): void {
    let left = piece;
    while (this.#rest !== undefined && left.length > 0) {
      const missing = frameBytes(this.#rest) - this.#rest.length;
      const whole = Buffer.concat([this.#rest, left.subarray(0, missing)]);
      left = left.subarray(missing);
      this.#rest = whole;
      if (whole.length < frameBytes(whole)) continue;
      this.#rest = undefined;
      onFrame(parsed(whole));
    }
    let at = 0;
    while (at < left.length) {
      const from = left.subarray(at);
      const bytes = frameBytes(from);
      if (from.length < bytes) {
        this.#rest = from;
        return;
      }
      onFrame(parsed(from.subarray(0, bytes)));
      at += bytes;
    }
  }
}

/** How long the frame is that starts here; as long as that is not known, the length of its head. */
function frameBytes(start: Buffer): number {
  if (start.length < headBytes) return headBytes;
  const payloadBytes = start.readUIntBE(0, 3);
  if (payloadBytes > defaultMaxFrameBytes) {
    throw new ProtocolViolation(`a frame of ${payloadBytes} bytes`, ErrorCode.FRAME_SIZE_ERROR);
  }
  return headBytes + payloadBytes;
}

function parsed(bytes: Buffer): Frame {
  return {
    type: bytes[3] ?? 0,
    flags: bytes[4] ?? 0,
    streamId: bytes.readUInt32BE(5) & streamIdMask,
    payload: bytes.subarray(headBytes),
  };
}

/**
 * The payload of DATA or HEADERS without padding, and without the priority that HEADERS may begin with, which nobody heeds
 * any more.
 *
 * @throws {ProtocolViolation} when there is more padding than payload
 */
export function unpadded({ type, flags, payload }: Frame): Buffer {
  const isPadded = (flags & Flag.PADDED) !== 0;
  const start = (isPadded ? 1 : 0) + (type === FrameType.HEADERS && (flags & Flag.PRIORITY) !== 0 ? 5 : 0);
  const end = payload.length - (isPadded ? (payload[0] ?? 0) : 0);
  if (start > end) throw new ProtocolViolation("a frame with more padding than there is of it");
  return payload.subarray(start, end);
}
