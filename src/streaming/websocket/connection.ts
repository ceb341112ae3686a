import type { IncomingMessage } from "node:http";
import { WebSocket, type RawData } from "ws";
import { ConnectionLostError } from "../../errors.ts";
import type { CallOptions } from "../../rpc/call-options.ts";
import { connectOptions, handshake, readAnswer } from "../handshake.ts";
import { keepReading } from "../keep-reading.ts";
import type { Refusal } from "../session.ts";
import type { StreamingTarget } from "../target.ts";

/** Messages that may wait for us before the socket is no longer read. */
const mostWaiting = 16;

/** Largest message that is taken. Runtimes send 32 KiB at a time. */
const longestMessageBytes = 4_194_304;

/** Bytes that may wait to be sent before we do not take more. */
const sendBufferBytes = 65_536;

/** The server closed in order. @see RFC 6455 7.4.1 */
const normalClosure = 1000;

/** A WebSocket, read one message at a time. */
export class WebSocketConnection {
  readonly #socket: WebSocket;
  readonly #waiting: Buffer[] = [];
  #wakeReader = (): void => undefined;
  #wakeWriters: (() => void)[] = [];
  #isUnwritable = false;
  #closed: { readonly isClean: boolean } | undefined;
  #failure: Error | undefined;

  /** @param socket that is being opened, so that nothing it receives is missed */
  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("upgrade", ({ socket: inner }: IncomingMessage) => keepReading(inner, () => this.#stopWriting()));
    socket.on("message", (data: RawData) => {
      this.#waiting.push(data as Buffer); // binaryType is nodebuffer
      if (this.#waiting.length >= mostWaiting) socket.pause();
      this.#wakeReader();
    });
    socket.on("error", (error: Error) => (this.#failure ??= error));
    socket.on("close", (code: number) => {
      this.#closed = { isClean: code === normalClosure };
      this.#stopWriting();
      this.#wakeReader();
    });
  }

  /** What was agreed on, such as `v4.channel.k8s.io`. */
  get protocol(): string {
    return this.#socket.protocol;
  }

  /** Sends one message, and settles when more may be sent: with false when nobody takes it any more. */
  async send(message: Uint8Array): Promise<boolean> {
    if (this.#isUnwritable) return false;
    this.#socket.send(message, () => this.#wakeSome());
    while (this.#socket.bufferedAmount > sendBufferBytes && !this.#isUnwritable) {
      await new Promise<void>((resolve) => this.#wakeWriters.push(resolve));
    }
    return true;
  }

  /**
   * What comes. The socket is read further when the messages before have been dealt with. Ends when the server has closed.
   *
   * @throws {ConnectionLostError} when it did not close in order
   */
  async *messages(): AsyncGenerator<Buffer, void> {
    for (;;) {
      const message = this.#waiting.shift();
      if (message !== undefined) {
        yield message;
        continue;
      }
      if (this.#closed !== undefined) break;
      if (this.#socket.isPaused) this.#socket.resume();
      await new Promise<void>((resolve) => (this.#wakeReader = resolve));
    }
    if (!this.#closed.isClean) throw this.#lost();
  }

  /** Ends everything at once. */
  close(): void {
    this.#stopWriting();
    this.#socket.terminate();
  }

  #stopWriting(): void {
    this.#isUnwritable = true;
    this.#wakeSome();
  }

  #wakeSome(): void {
    for (const wake of this.#wakeWriters.splice(0)) wake();
  }

  #lost(): ConnectionLostError {
    const why = this.#failure === undefined ? "" : `: ${this.#failure.message}`;
    return new ConnectionLostError(`the connection to the streaming server broke${why}`, { cause: this.#failure });
  }
}

/**
 * Opens a WebSocket to a streaming server.
 *
 * @param protocols what to offer, the best first
 * @throws as `handshake` does
 */
export function openWebSocket(
  target: StreamingTarget,
  protocols: readonly string[],
  options: CallOptions,
): Promise<WebSocketConnection | Refusal> {
  return handshake(target, options, async (giveUp) => {
    const { url } = target;
    const { host: address, ...how } = connectOptions(target);
    const place = new URL(url);
    place.protocol = target.tls === undefined ? "ws:" : "wss:";
    const socket = new WebSocket(place, [...protocols], {
      ...how,
      // The name stays in the URL, for the server's sake; the address is the one that was checked.
      lookup: (_host, { all }, done) => {
        const family = address?.includes(":") === true ? 6 : 4;
        if (all === true) done(null, [{ address: address ?? "", family }]);
        else done(null, address ?? "", family);
      },
      perMessageDeflate: false,
      followRedirects: false,
      maxPayload: longestMessageBytes,
    });
    const connection = new WebSocketConnection(socket);
    giveUp.addEventListener("abort", () => socket.terminate(), { once: true });
    const answer = await new Promise<IncomingMessage | undefined>((resolve, reject) => {
      socket.once("error", reject);
      socket.once("unexpected-response", (_request, response) => resolve(response));
      socket.once("open", () => resolve(undefined));
    });
    if (answer === undefined) return connection;
    const refusal: Refusal = {
      transport: "websocket",
      status: answer.statusCode ?? 0,
      answer: await readAnswer(answer),
    };
    socket.terminate();
    return refusal;
  });
}
