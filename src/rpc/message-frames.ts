/**
 * What comes before each of gRPC's messages ("gRPC over HTTP/2"): a byte that says whether the message is compressed, and its
 * length in four. Bytes.
 */
export const prefixBytes = 5;

/** A message as it goes over the wire. Nothing here is ever compressed: the other end is on the same machine. */
export function framed(message: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(prefixBytes + message.length);
  frame[0] = 0;
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, prefixBytes);
  return frame;
}

/** A message that is not taken. */
export class UnreadableMessage extends Error {
  override readonly name = "UnreadableMessage";
  /** Its length in bytes, and how long it may be, where that is what is wrong with it. */
  readonly size: { readonly bytes: number; readonly limitBytes: number } | undefined;

  constructor(message: string, size?: UnreadableMessage["size"]) {
    super(message);
    this.size = size;
  }
}

/** Puts messages together from the pieces in which they arrive. */
export class MessageReader {
  readonly #limitBytes: number;
  readonly #pieces: Buffer[] = [];
  #heldBytes = 0;
  /** Length of the message whose prefix has been read. */
  #awaited: number | undefined;

  /** @param limitBytes length of the largest message that is taken */
  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /**
   * The messages that this piece completes.
   *
   * @throws {UnreadableMessage} as soon as the prefix of one is there that is too long, or compressed
   */
  *push(piece: Buffer): Generator<Buffer, void, undefined> {
    this.#pieces.push(piece);
    this.#heldBytes += piece.length;
    for (;;) {
      if (this.#awaited === undefined) {
        if (this.#heldBytes < prefixBytes) return;
        this.#awaited = this.#lengthIn(this.#take(prefixBytes));
      }
      if (this.#heldBytes < this.#awaited) return;
      const message = this.#take(this.#awaited);
      this.#awaited = undefined;
      yield message;
    }
  }

  #lengthIn(prefix: Buffer): number {
    const bytes = prefix.readUInt32BE(1);
    const limitBytes = this.#limitBytes;
    if (prefix[0] !== 0) throw new UnreadableMessage("a compressed message, which nobody asked for");
    if (bytes > limitBytes) throw new UnreadableMessage(`a message of ${bytes} bytes`, { bytes, limitBytes });
    return bytes;
  }

  /** The next bytes of what is held, copied only where they lie in several pieces. */
  #take(bytes: number): Buffer {
    this.#heldBytes -= bytes;
    const [first = Buffer.alloc(0)] = this.#pieces;
    if (first.length === bytes) return this.#pieces.shift() ?? first;
    // One piece at most is copied twice: what is left over is from the last.
    const whole = first.length > bytes ? first : Buffer.concat(this.#pieces);
    this.#pieces.splice(0, whole === first ? 1 : this.#pieces.length, whole.subarray(bytes));
    return whole.subarray(0, bytes);
  }
}
