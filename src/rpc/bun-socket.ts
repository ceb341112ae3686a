import type { ByteSocket, SocketEvents } from "./byte-socket.ts";
import type { Endpoint } from "./endpoint.ts";

/** What is used of Bun's sockets. */
export interface BunSockets {
  connect(
    options: ({ readonly unix: string } | { readonly hostname: string; readonly port: number }) & {
      readonly socket: {
        readonly open: (socket: BunSocket) => void;
        readonly data: (socket: BunSocket, piece: Buffer) => void;
        readonly drain: () => void;
        readonly error: (socket: BunSocket, error: Error) => void;
        readonly close: (socket: BunSocket, error?: Error) => void;
      };
    },
  ): Promise<unknown>;
}

interface BunSocket {
  /** How many bytes were taken. */
  write(bytes: Uint8Array): number;
  end(): void;
  terminate(): void;
  ref(): void;
  unref(): void;
  setNoDelay(isOn: boolean): void;
}

/** A socket of Bun's own. */
export function openBunSocket(
  bun: BunSockets,
  endpoint: Endpoint,
  { onOpen, onData, onClose }: SocketEvents,
): Pick<ByteSocket, "destroy"> {
  let isDestroyed = false;
  let isClosed = false;
  let socket: BunSocket | undefined;
  let writer: BunWriter | undefined;
  let failure: Error | undefined;
  const close = (error?: Error): void => {
    if (!isClosed) onClose(failure ?? error);
    isClosed = true;
  };
  const at = endpoint.kind === "unix" ? { unix: endpoint.path } : { hostname: endpoint.host, port: endpoint.port };
  const handlers = {
    open(made: BunSocket) {
      if (isDestroyed) return made.terminate();
      socket = made;
      if (endpoint.kind === "tcp") made.setNoDelay(true);
      writer = new BunWriter(made);
      return onOpen(writer);
    },
    data: (_: BunSocket, piece: Buffer) => onData(piece),
    drain: () => writer?.drain(),
    error(_: BunSocket, error: Error) {
      if ("syscall" in error) failure = error;
      // What was thrown by whoever was told of something comes here too, and is none of the socket's.
      else {
        queueMicrotask(() => {
          throw error;
        });
      }
    },
    close: (_: BunSocket, error?: Error) => close(error),
  };
  bun.connect({ ...at, socket: handlers }).catch(close);
  return {
    destroy() {
      isDestroyed = true;
      socket?.terminate();
    },
  };
}

/** Writes to a socket that takes what the kernel has room for, and says when there is room again. */
class BunWriter implements ByteSocket {
  readonly #socket: BunSocket;
  readonly #left: Uint8Array[] = [];
  #isEnded = false;

  constructor(socket: BunSocket) {
    this.#socket = socket;
  }

  get writableLength(): number {
    return this.#left.reduce((sum, { length }) => sum + length, 0);
  }

  write(bytes: Uint8Array): void {
    this.#left.push(bytes);
    if (this.#left.length === 1) this.drain();
  }

  drain(): void {
    for (;;) {
      const [next] = this.#left;
      if (next === undefined) break;
      const taken = this.#socket.write(next);
      if (taken < next.length) {
        this.#left[0] = next.subarray(Math.max(0, taken));
        return;
      }
      this.#left.shift();
    }
    if (this.#isEnded) this.#socket.end();
  }

  end(): void {
    this.#isEnded = true;
    if (this.#left.length === 0) this.#socket.end();
  }

  destroy(): void {
    this.#socket.terminate();
  }

  ref(): void {
    this.#socket.ref();
  }

  unref(): void {
    this.#socket.unref();
  }
}
