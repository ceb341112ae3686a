import { type ClientHttp2Session, type ClientHttp2Stream, connect, type OutgoingHttpHeaders } from "node:http2";
import { connect as connectSocket, type Socket } from "node:net";
import type { Endpoint } from "./endpoint.ts";

/** Larger than HTTP/2's 64 KiB, so that a list of 10,000 containers does not wait for window updates. Bytes. */
const flowControlWindowBytes = 8 * 1024 * 1024;

/**
 * A socket that speaks HTTP/2, or will: calls can be made on it from the start, and are sent when it is there. It keeps the
 * process alive while a call is under way, and no longer.
 */
export class Http2Connection {
  /** Settles when it is known whether the other side speaks HTTP/2: by what it has said, or by its silence. */
  readonly greeted: Promise<boolean>;
  readonly #session: ClientHttp2Session;
  readonly #socket: Socket;
  #isGreeted = false;
  #isSilent = false;
  #failure: Error | undefined;
  #calls = 0;

  /** Starts to connect. @param timeoutMs how long the other side may take to say in HTTP/2 that it speaks it */
  constructor(endpoint: Endpoint, timeoutMs: number) {
    const { kind } = endpoint;
    const socket = kind === "unix" ? connectSocket(endpoint.path) : connectSocket(endpoint.port, endpoint.host);
    const session = connect("http://localhost", {
      createConnection: () => socket,
      settings: { enablePush: false, initialWindowSize: flowControlWindowBytes },
      maxSessionMemory: Number.MAX_SAFE_INTEGER, // what is read is limited per message
    });
    this.#socket = socket;
    this.#session = session;
    this.greeted = new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#isSilent = true;
        session.destroy();
      }, timeoutMs);
      session.once("remoteSettings", () => {
        this.#isGreeted = true;
        session.setLocalWindowSize(flowControlWindowBytes);
        if (this.#calls === 0) session.unref();
        clearTimeout(timer);
        resolve(true);
      });
      session.once("close", () => {
        clearTimeout(timer);
        resolve(false);
      });
    });
    session.on("error", (error: Error) => (this.#failure ??= error));
  }

  /** Whether the other side has said that it speaks HTTP/2. */
  get isGreeted(): boolean {
    return this.#isGreeted;
  }

  /** Whether it was given up because the other side said nothing. */
  get isSilent(): boolean {
    return this.#isSilent;
  }

  /** Whether another call can be made on it. */
  get isUsable(): boolean {
    return !this.#session.closed && !this.#session.destroyed && !this.isGone;
  }

  /** Whether its calls are lost. */
  get isGone(): boolean {
    return this.#socket.destroyed;
  }

  /** What broke it. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Starts a call. */
  request(headers: OutgoingHttpHeaders): ClientHttp2Stream {
    const stream = this.#session.request(headers, { endStream: false });
    if (this.#calls === 0 && this.#isGreeted) this.#session.ref();
    this.#calls += 1;
    stream.once("close", () => {
      this.#calls -= 1;
      if (this.#calls > 0) return;
      if (this.#isGreeted) this.#session.unref();
      else this.#session.destroy(); // nobody waits for it any more
    });
    return stream;
  }

  /** Ends it when the last call has ended. */
  close(): void {
    this.#session.close();
  }
}
