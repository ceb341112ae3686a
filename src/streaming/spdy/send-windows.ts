import { defaultWindowBytes } from "./frame.ts";

/**
 * How much may be sent. A server that controls its flow says so, by its settings or by taking; the servers of the runtimes
 * (moby/spdystream) never do and would leave us waiting for ever, so until then there is no limit but that of the socket.
 *
 * @see draft-mbelshe-httpbis-spdy-00 2.6.8
 */
export class SendWindows {
  /** Bytes that may still be sent, by stream; 0 is the connection. Below 0 when the server took back. */
  readonly #left = new Map<number, number>([[0, defaultWindowBytes]]);
  readonly #closed = new Set<number>();
  #initialBytes = defaultWindowBytes;
  #isControlled = false;

  /** Whether the server has shown that it controls its flow. */
  get isControlled(): boolean {
    return this.#isControlled;
  }

  /** Notes a new stream. */
  open(streamId: number): void {
    this.#left.set(streamId, this.#initialBytes);
  }

  /** Notes that the server wants no more of a stream. */
  close(streamId: number): void {
    this.#closed.add(streamId);
    this.#left.delete(streamId);
  }

  /** Whether the server has reset the stream. */
  isClosed(streamId: number): boolean {
    return this.#closed.has(streamId);
  }

  /** Bytes that may be sent on a stream now; 0 or less when the server has to take some first. */
  room(streamId: number): number {
    if (!this.#isControlled) return Infinity;
    return Math.min(this.#left.get(0) ?? 0, this.#left.get(streamId) ?? 0);
  }

  /** Notes what was sent. */
  use(streamId: number, lengthBytes: number): void {
    for (const id of [0, streamId]) this.#left.set(id, (this.#left.get(id) ?? 0) - lengthBytes);
  }

  /** The server has taken some. */
  grow(streamId: number, deltaBytes: number): void {
    this.#isControlled = true;
    const left = this.#left.get(streamId);
    if (left !== undefined) this.#left.set(streamId, left + deltaBytes);
  }

  /** The server says how much of every stream may be under way; it does not change the connection's own window. */
  setInitial(windowBytes: number): void {
    this.#isControlled = true;
    for (const [id, left] of this.#left) {
      if (id !== 0) this.#left.set(id, left + windowBytes - this.#initialBytes);
    }
    this.#initialBytes = windowBytes;
  }
}
