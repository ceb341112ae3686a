import { type BunSockets, openBunSocket } from "./bun-socket.ts";
import type { Endpoint } from "./endpoint.ts";
import { openNodeSocket } from "./node-socket.ts";

/** A connected socket: bytes both ways, and no more. */
export interface ByteSocket {
  /** What was written and the kernel has not taken yet. Bytes. */
  readonly writableLength: number;
  /** Sends bytes, which nobody may change afterwards. What cannot be sent at once is kept. */
  write(bytes: Uint8Array): void;
  /** Ends it when what was written has been sent. */
  end(): void;
  /** Ends it now. Nothing is told of it any more but that it is closed. */
  destroy(): void;
  /** Whether it keeps the process alive. */
  ref(): void;
  unref(): void;
}

/** What is told of a socket. */
export interface SocketEvents {
  /** It can be written to. What is written before it is connected is kept. */
  readonly onOpen: (socket: ByteSocket) => void;
  readonly onData: (piece: Buffer) => void;
  /** Called once: it is closed, or was never connected. @param error what the kernel said, with its `code` and `syscall` */
  readonly onClose: (error?: Error) => void;
}

/** Starts to connect a socket, and gives what ends that. */
export type OpenSocket = (events: SocketEvents) => Pick<ByteSocket, "destroy">;

/**
 * A socket by what the engine has: Node's `node:net`, or Bun's own sockets, which the executable starts with in half the time.
 * Neither is loaded before a socket is opened.
 */
export function openSocket(endpoint: Endpoint, events: SocketEvents): Pick<ByteSocket, "destroy"> {
  const { Bun: bun } = globalThis as { readonly Bun?: BunSockets };
  return bun === undefined ? openNodeSocket(endpoint, events) : openBunSocket(bun, endpoint, events);
}
