import type { CallOptions } from "../../rpc/call-options.ts";
import { hasResize, protocolsOf } from "../protocols.ts";
import { type Channel, type Piece, type Purpose, type Refusal, type Session } from "../session.ts";
import type { StreamingTarget } from "../target.ts";
import { SpdyConnection, type StreamFrame } from "./connection.ts";
import type { Headers } from "./headers.ts";
import { upgrade } from "./upgrade.ts";

/**
 * Opens a session over SPDY/3.1: a stream for each of stdin, stdout, stderr, the size of the terminal and the server's last
 * word, as kubelets and crictl do.
 *
 * @see k8s.io/cri-streaming, remotecommand/httpstream.go and portforward/httpstream.go
 */
export async function openSession(
  target: StreamingTarget,
  purpose: Purpose,
  options: CallOptions,
): Promise<Session | Refusal> {
  const upgraded = await upgrade(target, protocolsOf("spdy", purpose), options);
  if ("status" in upgraded) return upgraded;
  const { socket, head, protocol } = upgraded;
  return new SpdySession(new SpdyConnection(socket, head), protocol, purpose);
}

class SpdySession implements Session {
  readonly transport = "spdy";
  readonly canEndInput = true;
  readonly protocol: string;
  readonly #connection: SpdyConnection;
  readonly #channels = new Map<number, Channel>();
  readonly #input: number | undefined;
  readonly #size: number | undefined;
  /** Streams that the server has not answered yet: it drops what comes before. */
  readonly #unanswered = new Set<number>();
  #answered!: () => void;
  readonly #whenAnswered = new Promise<void>((resolve) => (this.#answered = resolve));

  constructor(connection: SpdyConnection, protocol: string, purpose: Purpose) {
    this.#connection = connection;
    this.protocol = protocol;
    if (purpose.kind === "port") {
      // A request id ties the two together: a connection may carry many pairs.
      const headers = { port: String(purpose.port), requestid: "0" };
      const error = this.#open({ streamtype: "error", ...headers }, "error");
      this.#input = this.#open({ streamtype: "data", ...headers }, "data");
      connection.finish(error);
      return;
    }
    this.#open({ streamtype: "error" }, "error");
    if (purpose.stdin) this.#input = this.#open({ streamtype: "stdin" });
    if (purpose.stdout) this.#open({ streamtype: "stdout" }, "stdout");
    if (purpose.stderr && !purpose.tty) this.#open({ streamtype: "stderr" }, "stderr");
    if (purpose.tty && hasResize(protocol)) this.#size = this.#open({ streamtype: "resize" });
  }

  async *pieces(): AsyncGenerator<Piece, void> {
    try {
      for await (const frame of this.#connection.frames()) {
        const piece = this.#pieceOf(frame);
        if (piece !== undefined) yield piece;
      }
    } finally {
      this.#answered(); // who waits to write finds the connection closed
    }
  }

  async write(bytes: Uint8Array): Promise<boolean> {
    await this.#whenAnswered;
    return this.#input !== undefined && (await this.#connection.write(this.#input, bytes));
  }

  async endInput(): Promise<void> {
    await this.#whenAnswered;
    if (this.#input !== undefined) this.#connection.finish(this.#input);
  }

  async resize({ columns, rows }: { readonly columns: number; readonly rows: number }): Promise<void> {
    await this.#whenAnswered;
    if (this.#size === undefined) return;
    await this.#connection.write(this.#size, Buffer.from(JSON.stringify({ Width: columns, Height: rows })));
  }

  close(): void {
    this.#connection.close();
    this.#answered();
  }

  #open(headers: Headers, channel?: Channel): number {
    const streamId = this.#connection.open(headers);
    this.#unanswered.add(streamId);
    if (channel !== undefined) this.#channels.set(streamId, channel);
    return streamId;
  }

  #pieceOf(frame: StreamFrame): Piece | undefined {
    const channel = this.#channels.get(frame.streamId);
    const last = (isLast: boolean, bytes: Uint8Array = new Uint8Array()): Piece | undefined =>
      channel === undefined ? undefined : { channel, bytes, isLast };
    switch (frame.type) {
      case "data":
        return last(frame.isLast, frame.bytes);
      case "headers":
        return frame.isLast ? last(true) : undefined;
      case "syn-reply":
        this.#answer(frame.streamId);
        return frame.isLast ? last(true) : undefined;
      case "rst-stream":
        // The servers reset every stream when they are done with the connection, also those that they have ended.
        this.#answer(frame.streamId);
        return last(true);
    }
  }

  #answer(streamId: number): void {
    this.#unanswered.delete(streamId);
    if (this.#unanswered.size === 0) this.#answered();
  }
}
