import { frameTypes, type Frame } from "./frame.ts";
import { malformed, type HeaderCodec } from "./headers.ts";

/** Bytes before the body of every frame. */
const headBytes = 8;

/** Longest body of a control frame that is taken. What runtimes send is under a hundred bytes. */
const longestControlBytes = 65_536;

/** Makes frames of bytes as they come. It holds at most one control frame; the bytes of data are passed on at once. */
export class FrameDecoder {
  readonly #codec: HeaderCodec;
  /** What is there of a head, or of a control frame with its head. */
  #begun: Buffer = Buffer.alloc(0);
  /** The data frame that is under way. */
  #data: { readonly streamId: number; readonly isLast: boolean; leftBytes: number } | undefined;

  /** @param codec of the direction that is read */
  constructor(codec: HeaderCodec) {
    this.#codec = codec;
  }

  /** Whether the bytes so far end with a frame's end. */
  get isBetweenFrames(): boolean {
    return this.#data === undefined && this.#begun.length === 0;
  }

  /**
   * The frames that are complete with these bytes, and what they hold of a data frame.
   *
   * @throws {MalformedAnswerError} for what is not SPDY/3.1; nothing can be decoded after it
   */
  *push(chunk: Uint8Array): Generator<Frame, void> {
    let rest: Uint8Array = chunk;
    while (rest.length > 0 || this.#data !== undefined) {
      if (this.#data === undefined) {
        rest = this.#gather(rest, headBytes);
        if (this.#begun.length < headBytes) return;
        const lengthBytes = this.#begun.readUInt32BE(4) % 0x1000000;
        if (this.#begun.readUInt8() < 0x80) {
          const isLast = (this.#begun.readUInt8(4) & 1) !== 0;
          this.#data = { streamId: this.#begun.readUInt32BE(), isLast, leftBytes: lengthBytes };
          this.#begun = Buffer.alloc(0);
          continue;
        }
        this.#mustBeKnown(lengthBytes);
        rest = this.#gather(rest, headBytes + lengthBytes);
        if (this.#begun.length < headBytes + lengthBytes) return;
        const whole = this.#begun;
        this.#begun = Buffer.alloc(0);
        const frame = this.#control(whole);
        if (frame !== undefined) yield frame;
        continue;
      }
      const data = this.#data;
      const bytes = rest.subarray(0, data.leftBytes);
      rest = rest.subarray(bytes.length);
      data.leftBytes -= bytes.length;
      const isWhole = data.leftBytes === 0;
      if (isWhole) this.#data = undefined;
      if (bytes.length > 0 || isWhole) {
        yield { type: "data", streamId: data.streamId, bytes, isLast: data.isLast && isWhole };
      }
      if (!isWhole) return;
    }
  }

  /** Adds bytes to what is begun until it is `wanted` long; gives what is left over. */
  #gather(from: Uint8Array, wanted: number): Uint8Array {
    const missing = Math.max(0, wanted - this.#begun.length);
    if (missing > 0) this.#begun = Buffer.concat([this.#begun, from.subarray(0, missing)]);
    return from.subarray(missing);
  }

  #mustBeKnown(lengthBytes: number): void {
    const spoken = this.#begun.readUInt16BE() - 0x8000;
    if (spoken !== 3) throw malformed(`a frame of version ${spoken}`);
    if (lengthBytes > longestControlBytes) throw malformed(`a control frame of ${lengthBytes} bytes`);
  }

  /** Undefined for a kind of frame that nobody knows, which has to be ignored. */
  #control(whole: Buffer): Frame | undefined {
    const type = whole.readUInt16BE(2);
    const isLast = (whole.readUInt8(4) & 1) !== 0;
    const body = whole.subarray(headBytes);
    const uint31 = (at: number): number => {
      if (body.length < at + 4) throw malformed(`a control frame of kind ${type} is cut short`);
      return body.readUInt32BE(at) % 0x80000000;
    };
    switch (type) {
      case frameTypes["syn-stream"]:
        return { type: "syn-stream", streamId: uint31(0), headers: this.#codec.decode(body.subarray(10)), isLast };
      case frameTypes["syn-reply"]:
        return { type: "syn-reply", streamId: uint31(0), headers: this.#codec.decode(body.subarray(4)), isLast };
      case frameTypes.headers:
        return { type: "headers", streamId: uint31(0), headers: this.#codec.decode(body.subarray(4)), isLast };
      case frameTypes["rst-stream"]:
        return { type: "rst-stream", streamId: uint31(0), status: uint31(4) };
      case frameTypes.settings: {
        const count = uint31(0);
        if (body.length < 4 + 8 * count) throw malformed("its settings are cut short");
        // The first byte of an id is flags.
        const settings = Array.from({ length: count }, (_, n) => ({
          id: body.readUInt32BE(4 + 8 * n) % 0x1000000,
          value: body.readUInt32BE(8 + 8 * n),
        }));
        return { type: "settings", settings };
      }
      case frameTypes.ping:
        if (body.length < 4) throw malformed("a ping is cut short");
        return { type: "ping", id: body.readUInt32BE() };
      case frameTypes.goaway:
        return { type: "goaway", lastStreamId: uint31(0), status: body.length < 8 ? 0 : uint31(4) };
      case frameTypes["window-update"]:
        return { type: "window-update", streamId: uint31(0), deltaBytes: uint31(4) };
      default:
        return undefined;
    }
  }
}
