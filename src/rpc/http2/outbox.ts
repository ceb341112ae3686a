import type { ByteSocket } from "../byte-socket.ts";

/** What is to be written to a socket that may not be there yet: all that is added in one go leaves as one piece. */
export class Outbox {
  #parts: Uint8Array[] = [];
  #socket: ByteSocket | undefined;
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
    this.#socket.write(more.length === 0 ? first : Buffer.concat([first, ...more]));
  }
}
