import type { CallOptions } from "../../rpc/call-options.ts";
import { hasResize, protocolsOf } from "../protocols.ts";
import type { Channel, Piece, Purpose, Refusal, Session, TerminalSize } from "../session.ts";
import type { StreamingTarget } from "../target.ts";
import { openWebSocket, type WebSocketConnection } from "./connection.ts";

/** Of a command's streams: the first byte of every message. */
const inputChannel = 0;
const sizeChannel = 4;
/** Version 5: the message says which channel has ended. */
const endChannel = 255;

const commandChannels: Readonly<Record<number, Channel>> = { 1: "stdout", 2: "stderr", 3: "error" };
const portChannels: Readonly<Record<number, Channel>> = { 0: "data", 1: "error" };

/** Bytes of input in one message. */
const longestInputBytes = 32_768;

/**
 * Opens a session over WebSocket: every message bears its channel's number as its first byte.
 *
 * @see k8s.io/cri-streaming, remotecommand/websocket.go and portforward/websocket.go
 */
export async function openSession(
  target: StreamingTarget,
  purpose: Purpose,
  options: CallOptions,
): Promise<Session | Refusal> {
  const connection = await openWebSocket(targetOf(target, purpose), protocolsOf("websocket", purpose), options);
  return "answer" in connection ? connection : new WebSocketSession(connection, purpose);
}

/** The runtime's URL says nothing of ports: over WebSocket they are asked for in the query. */
function targetOf(target: StreamingTarget, purpose: Purpose): StreamingTarget {
  if (purpose.kind === "command") return target;
  const url = new URL(target.url);
  url.searchParams.set("port", String(purpose.port));
  return { ...target, url };
}

class WebSocketSession implements Session {
  readonly transport = "websocket";
  readonly protocol: string;
  readonly canEndInput: boolean;
  readonly #connection: WebSocketConnection;
  readonly #purpose: Purpose;
  readonly #channels: Readonly<Record<number, Channel>>;
  /** Channels of a port start with the port's number, as two bytes. */
  readonly #unnamed = new Map<number, number>();

  constructor(connection: WebSocketConnection, purpose: Purpose) {
    this.#connection = connection;
    this.#purpose = purpose;
    this.protocol = connection.protocol;
    this.canEndInput = purpose.kind === "command" && this.protocol.startsWith("v5.");
    this.#channels = purpose.kind === "command" ? commandChannels : portChannels;
    if (purpose.kind === "port") for (const number of [0, 1]) this.#unnamed.set(number, 2);
  }

  async *pieces(): AsyncGenerator<Piece, void> {
    for await (const message of this.#connection.messages()) {
      const [number = endChannel, ended = endChannel] = message;
      const isEnd = number === endChannel;
      const channel = this.#channels[isEnd ? ended : number];
      if (channel === undefined) continue;
      const skipped = this.#unnamed.get(number) ?? 0;
      const bytes = isEnd ? new Uint8Array() : message.subarray(1 + skipped);
      if (skipped > 0) this.#unnamed.set(number, Math.max(0, skipped - (message.length - 1)));
      if (bytes.length > 0 || isEnd) yield { channel, bytes, isLast: isEnd };
    }
    // It closed in order: of every channel, all has come.
    for (const channel of Object.values(this.#channels)) yield { channel, bytes: new Uint8Array(), isLast: true };
  }

  async write(bytes: Uint8Array): Promise<boolean> {
    for (let at = 0; at < bytes.length; at += longestInputBytes) {
      if (!(await this.#send(inputChannel, bytes.subarray(at, at + longestInputBytes)))) return false;
    }
    return true;
  }

  async endInput(): Promise<void> {
    if (this.canEndInput) await this.#send(endChannel, new Uint8Array([inputChannel]));
  }

  async resize({ columns, rows }: TerminalSize): Promise<void> {
    if (this.#purpose.kind !== "command" || !hasResize(this.protocol)) return;
    await this.#send(sizeChannel, Buffer.from(JSON.stringify({ Width: columns, Height: rows })));
  }

  close(): void {
    this.#connection.close();
  }

  #send(channel: number, bytes: Uint8Array): Promise<boolean> {
    const message = new Uint8Array(1 + bytes.length);
    message[0] = channel;
    message.set(bytes, 1);
    return this.#connection.send(message);
  }
}
