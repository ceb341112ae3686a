import type { Duplex } from "node:stream";
import { ConnectionLostError } from "../../errors.ts";
import { keepReading } from "../keep-reading.ts";
import { FrameDecoder } from "./decoder.ts";
import { dataHead, defaultWindowBytes, encodeFrame, initialWindowSize, resetStatus, type Frame } from "./frame.ts";
import { createHeaderCodec, type Headers } from "./headers.ts";
import { SendWindows } from "./send-windows.ts";

/**
 * Bytes that a server which controls its flow may send before we have taken any: as much as can be said. What holds a
 * server up is that its socket is not read. To tell it how much was taken is more than useless: such a word may reach a
 * server that has sent everything and closed, and then its kernel throws away what we have not received yet.
 */
const receiveWindowBytes = 0x7fffffff;

/** Largest data frame that we send: a server keeps a whole one in memory. */
const longestDataBytes = 32_768;

/** What concerns a stream that we opened. */
export type StreamFrame = Extract<Frame, { type: "data" | "syn-reply" | "rst-stream" | "headers" }>;

/** The client's side of a SPDY/3.1 connection. Its owner reads {@link frames} to the end; nothing else reads the socket. */
export class SpdyConnection {
  readonly #socket: Duplex;
  readonly #head: Uint8Array;
  readonly #sending = createHeaderCodec();
  readonly #windows = new SendWindows();
  /** What was taken and not yet told to the server, by stream; 0 is the connection. */
  readonly #taken = new Map<number, number>();
  #nextStreamId = 1;
  #failure: Error | undefined;
  #isUnwritable = false;
  #wake: (() => void)[] = [];

  /**
   * @param socket after the upgrade
   * @param head what came with the answer to the upgrade
   */
  constructor(socket: Duplex, head: Uint8Array) {
    this.#socket = socket;
    this.#head = head;
    socket.on("error", (error: Error) => (this.#failure ??= error));
    keepReading(socket, () => {
      this.#isUnwritable = true;
      this.#wakeAll();
    });
    socket.on("close", () => {
      this.#isUnwritable = true;
      this.#wakeAll();
    });
    socket.on("drain", () => this.#wakeAll());
    this.#send({ type: "settings", settings: [{ id: initialWindowSize, value: receiveWindowBytes }] });
    this.#send({ type: "window-update", streamId: 0, deltaBytes: receiveWindowBytes - defaultWindowBytes });
  }

  /** Opens a stream and gives its number. The server drops data that comes before it has answered with a SYN_REPLY. */
  open(headers: Headers): number {
    const streamId = this.#nextStreamId;
    this.#nextStreamId += 2;
    this.#windows.open(streamId);
    this.#send({ type: "syn-stream", streamId, headers, isLast: false });
    return streamId;
  }

  /** Sends data, and settles when more may be sent: with false when the server takes no more of it. */
  async write(streamId: number, bytes: Uint8Array): Promise<boolean> {
    let rest = bytes;
    while (rest.length > 0) {
      if (this.#isUnwritable || this.#windows.isClosed(streamId)) return false;
      const lengthBytes = Math.min(rest.length, longestDataBytes, this.#windows.room(streamId));
      if (lengthBytes <= 0) {
        await this.#woken();
        continue;
      }
      const piece = rest.subarray(0, lengthBytes);
      rest = rest.subarray(lengthBytes);
      this.#windows.use(streamId, lengthBytes);
      this.#socket.cork();
      this.#socket.write(dataHead(streamId, lengthBytes, false));
      this.#socket.write(piece);
      this.#socket.uncork();
      while (this.#socket.writableNeedDrain && !this.#isUnwritable) await this.#woken();
    }
    return true;
  }

  /** Ends our side of a stream; the server's side goes on. */
  finish(streamId: number): void {
    if (this.#windows.isClosed(streamId)) return;
    this.#send({ type: "data", streamId, bytes: new Uint8Array(), isLast: true });
  }

  /**
   * What the server sends of our streams. The next frame is read when the one before has been dealt with. Ends when the
   * server has closed the connection between two frames.
   *
   * @throws {MalformedAnswerError} for what is not SPDY/3.1
   * @throws {ConnectionLostError} when the connection breaks
   */
  async *frames(): AsyncGenerator<StreamFrame, void> {
    const decoder = new FrameDecoder(createHeaderCodec());
    yield* this.#handled(decoder, this.#head);
    try {
      for await (const chunk of this.#socket) yield* this.#handled(decoder, chunk as Uint8Array);
    } catch (error) {
      if (this.#failure === undefined) throw error;
    }
    if (this.#failure !== undefined || !decoder.isBetweenFrames) throw this.#lost();
  }

  /** Ends everything at once. */
  close(): void {
    this.#isUnwritable = true;
    this.#socket.destroy();
    this.#wakeAll();
  }

  *#handled(decoder: FrameDecoder, chunk: Uint8Array): Generator<StreamFrame, void> {
    for (const frame of decoder.push(chunk)) {
      const ofStream = this.#handle(frame);
      if (ofStream !== undefined) yield ofStream;
      // Only now: a consumer that is slow to ask for more holds up a server that controls its flow.
      if (frame.type === "data") this.#took(frame);
    }
  }

  /** Does what concerns the connection; gives what concerns a stream. */
  #handle(frame: Frame): StreamFrame | undefined {
    switch (frame.type) {
      case "data":
      case "syn-reply":
      case "headers":
        return frame;
      case "rst-stream":
        this.#windows.close(frame.streamId);
        this.#wakeAll();
        return frame;
      case "settings":
        for (const { id, value } of frame.settings) if (id === initialWindowSize) this.#windows.setInitial(value);
        this.#wakeAll();
        return undefined;
      case "window-update":
        this.#windows.grow(frame.streamId, frame.deltaBytes);
        this.#wakeAll();
        return undefined;
      case "ping":
        // An odd number answers a ping of ours, and we send none.
        if (frame.id % 2 === 0) this.#send(frame);
        return undefined;
      case "syn-stream":
        this.#send({ type: "rst-stream", streamId: frame.streamId, status: resetStatus.refusedStream });
        return undefined;
      case "goaway":
        return undefined; // the streams that are open go on to their end
    }
  }

  #took({ streamId, bytes, isLast }: Extract<Frame, { type: "data" }>): void {
    this.#takeOf(0, bytes.length);
    if (isLast) this.#taken.delete(streamId);
    else this.#takeOf(streamId, bytes.length);
  }

  #takeOf(streamId: number, lengthBytes: number): void {
    const deltaBytes = (this.#taken.get(streamId) ?? 0) + lengthBytes;
    const isWorthTelling = this.#windows.isControlled && deltaBytes >= receiveWindowBytes / 2;
    this.#taken.set(streamId, isWorthTelling ? 0 : deltaBytes);
    if (isWorthTelling) this.#send({ type: "window-update", streamId, deltaBytes });
  }

  #send(frame: Frame): void {
    if (!this.#isUnwritable) this.#socket.write(encodeFrame(frame, this.#sending));
  }

  #lost(): ConnectionLostError {
    const why = this.#failure === undefined ? "" : `: ${this.#failure.message}`;
    return new ConnectionLostError(`the connection to the streaming server broke${why}`, { cause: this.#failure });
  }

  #woken(): Promise<void> {
    return new Promise((resolve) => this.#wake.push(resolve));
  }

  #wakeAll(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }
}
