/** How the bytes travel. Every CRI runtime's streaming server speaks at least one of them. */
export type Transport = "spdy" | "websocket";

/** Columns and rows of a terminal. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** What a session is for: a process with its streams, or one connection to a port. */
export type Purpose =
  | {
      readonly kind: "command";
      readonly stdin: boolean;
      readonly stdout: boolean;
      readonly stderr: boolean;
      readonly tty: boolean;
    }
  | { readonly kind: "port"; readonly port: number };

/** What comes back is one of these: output of a process, data of a port, or the server's last word. */
export type Channel = "stdout" | "stderr" | "data" | "error";

/** Some bytes of a channel. `isLast` when no more of it will come. */
export interface Piece {
  readonly channel: Channel;
  readonly bytes: Uint8Array;
  readonly isLast: boolean;
}

/** An open line to one process or one port, over either transport. */
export interface Session {
  readonly transport: Transport;
  /** What was agreed on, such as `v4.channel.k8s.io`. */
  readonly protocol: string;
  /** Whether the other side can be told that no more input comes while its output goes on. */
  readonly canEndInput: boolean;
  /**
   * What comes, in its order. The next piece is read from the socket when the one before has been dealt with: a slow
   * reader holds up the sender, and nothing piles up. Ends when the server closes; call it once.
   *
   * @throws {ConnectionLostError} when the connection breaks
   */
  pieces(): AsyncIterable<Piece>;
  /** Sends input, and settles when more may be sent: with false when the other side takes no more. */
  write(bytes: Uint8Array): Promise<boolean>;
  /** Tells the other side that no more input comes. Nothing happens where it cannot be told. */
  endInput(): Promise<void>;
  /** Tells the size of the terminal. */
  resize(size: TerminalSize): Promise<void>;
  /** Ends it at once. Harmless to call twice. */
  close(): void;
}

/** A server that answered, but does not speak this transport, or not for this. */
export interface Refusal {
  readonly transport: Transport;
  /** Of HTTP, such as 403. */
  readonly status: number;
  /** The server's own text, cut short. */
  readonly answer: string;
}

/** Whether the server took the session. */
export function isRefusal(answer: Session | Refusal): answer is Refusal {
  return "answer" in answer;
}
