import { frame, FrameReader, FrameType, type Frame, Flag } from "../../../../src/rpc/http2/frames.ts";
import { Http2Connection } from "../../../../src/rpc/http2/connection.ts";
import { encodeHeaders } from "../../../../src/rpc/http2/header-encoder.ts";
import type { Header } from "../../../../src/rpc/http2/header-table.ts";
import type { Http2Stream } from "../../../../src/rpc/http2/stream.ts";
import type { ByteSocket, SocketEvents } from "../../../../src/rpc/byte-socket.ts";

const prefaceBytes = 24;

/** The other side of a connection, by hand and without a socket: what it is sent, and what it says. */
export class Peer {
  readonly connection: Http2Connection;
  /** What the connection has sent, in frames. */
  readonly frames: Frame[] = [];
  /** `ref`, `unref`, `end` and `destroy`, as they were called. */
  readonly doings: string[] = [];
  preface = Buffer.alloc(0);
  /** How many bytes of what it is sent it has not read. */
  unreadBytes = 0;
  /** Why it cannot read what it is sent. */
  unread: string | undefined;
  readonly #reader = new FrameReader();
  #events: SocketEvents | undefined;

  constructor(timeoutMs = 5_000) {
    this.connection = new Http2Connection((events) => {
      this.#events = events;
      return { destroy: () => this.doings.push("destroy") };
    }, timeoutMs);
    const waiting = (): number => this.unreadBytes;
    const socket: ByteSocket = {
      get writableLength() {
        return waiting();
      },
      write: (bytes) => this.#take(Buffer.from(bytes)),
      end: () => this.doings.push("end"),
      destroy: () => this.doings.push("destroy"),
      ref: () => this.doings.push("ref"),
      unref: () => this.doings.push("unref"),
    };
    this.#events?.onOpen(socket);
  }

  /** Says bytes. */
  say(...parts: readonly Uint8Array[]): void {
    this.#events?.onData(Buffer.concat(parts));
  }

  /** Says SETTINGS of these numbers and values. */
  greet(...settings: readonly (readonly [number, number])[]): void {
    this.say(settingsFrame(...settings));
  }

  /** The socket is closed. */
  hangUp(error?: Error): void {
    this.#events?.onClose(error);
  }

  /** The frames of one type that were sent, after all that is under way. */
  async sent(type: number): Promise<Frame[]> {
    await settled();
    return this.frames.filter((each) => each.type === type);
  }

  #take(bytes: Buffer): void {
    const missing = prefaceBytes - this.preface.length;
    this.preface = Buffer.concat([this.preface, bytes.subarray(0, missing)]);
    try {
      this.#reader.push(bytes.subarray(missing), (each) => this.frames.push(each));
    } catch (error) {
      this.unread = String(error);
    }
  }
}

/** What is scheduled as a microtask has run. */
export async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

export function settingsFrame(...settings: readonly (readonly [number, number])[]): Buffer {
  const payload = Buffer.alloc(6 * settings.length);
  for (const [at, [id, value]] of settings.entries()) {
    payload.writeUInt16BE(id, 6 * at);
    payload.writeUInt32BE(value, 6 * at + 2);
  }
  return frame(FrameType.SETTINGS, 0, 0, payload);
}

export function headersFrame(streamId: number, headers: readonly Header[], flags = 0): Buffer {
  return frame(FrameType.HEADERS, Flag.END_HEADERS | flags, streamId, encodeHeaders(headers));
}

/** A frame whose payload is numbers of 32 bits. */
export function numbers(type: number, streamId: number, ...values: readonly number[]): Buffer {
  const payload = Buffer.alloc(4 * values.length);
  for (const [at, value] of values.entries()) payload.writeUInt32BE(value, 4 * at);
  return frame(type, 0, streamId, payload);
}

/** What a stream told, in order. */
export interface Told {
  readonly stream: Http2Stream;
  readonly events: unknown[];
}

/** Opens a stream, and notes what it tells. */
export function open(peer: Peer, headers: readonly Header[] = [[":path", "/"]]): Told {
  const events: unknown[] = [];
  const stream = peer.connection.request(headers, {
    onHeaders: (block) => events.push(Object.fromEntries(block)),
    onData: (piece) => events.push(piece.toString("latin1")),
    onEnd: (code) => events.push(code),
  });
  return { stream, events };
}
