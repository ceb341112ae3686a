import type { ByteSocket } from "../byte-socket.ts";
import { ErrorCode, ProtocolViolation } from "./error-code.ts";

/** How many answers wait for a side that does not read before it is taken to flood us: as many as nghttp2 lets wait. */
const mostAnswers = 1000;

/** What is to be written to a socket that may not be there yet: all that is added in one go leaves as one piece. */
export class Outbox {
  #parts: Uint8Array[] = [];
  #socket: ByteSocket | undefined;
  /** Answers since the kernel had last taken everything. */
  #answers = 0;
  #isScheduled = false;
  #isEnded = false;
  #isHeld = true;

  /** Writes what there is, and from now on what comes. */
  open(socket: ByteSocket): void {
    this.#socket = socket;
    this.#flush();
  }

  add(...parts: readonly Uint8Array[]): void {
    if (this.#isEnded) return;
    this.#parts.push(...parts);
    if (this.#isScheduled || this.#socket === undefined) return;
    this.#isScheduled = true;
    queueMicrotask(() => this.#flush());
  }

  /**
   * What the other side has asked for, and can ask for as often as it likes.
   *
   * @throws {ProtocolViolation} when it asks on and on and takes no answer: they would fill the memory
   */
  answer(part: Uint8Array): void {
    this.#answers += 1;
    if (this.#answers > mostAnswers) {
      throw new ProtocolViolation("it asks for more answers than it takes", ErrorCode.ENHANCE_YOUR_CALM);
    }
    this.add(part);
  }

  /** Writes a last part, and ends the socket behind it. Once is enough. */
  end(last: Uint8Array): void {
    if (this.#isEnded) return;
    this.add(last);
    this.#flush();
    this.#isEnded = true;
    this.#socket?.end();
  }

  /** Whether the socket keeps the process alive, as it does from the start. */
  hold(isHeld: boolean): void {
    if (isHeld === this.#isHeld) return;
    this.#isHeld = isHeld;
    if (isHeld) this.#socket?.ref();
    else this.#socket?.unref();
  }

  #flush(): void {
    this.#isScheduled = false;
    const [first, ...more] = this.#parts;
    if (first === undefined || this.#socket === undefined) return;
    this.#parts = [];
    if (this.#socket.writableLength === 0) this.#answers = 0;
    this.#socket.write(more.length === 0 ? first : Buffer.concat([first, ...more]));
  }
}
