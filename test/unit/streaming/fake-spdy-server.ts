import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import type { Line } from "../../../src/cri/connect.ts";
import { FrameDecoder } from "../../../src/streaming/spdy/decoder.ts";
import { encodeFrame, type Frame } from "../../../src/streaming/spdy/frame.ts";
import { createHeaderCodec, type Headers } from "../../../src/streaming/spdy/headers.ts";

/** The server's end of one session. */
export interface FakeSpdySession {
  readonly socket: Duplex;
  /** The numbers of the streams that the client has opened, by their `streamtype`. */
  readonly streams: Map<string, number>;
  readonly say: (frame: Frame) => void;
}

/** A streaming server that does what a real one cannot be made to do, and a runtime that leads to it. */
export interface FakeSpdyServer extends AsyncDisposable {
  readonly line: Line;
}

/**
 * Answers every stream that is opened, and hands every frame to `handle`.
 *
 * @param protocol what it says that was agreed on
 */
export async function fakeSpdyServer(
  protocol: string,
  handle: (frame: Frame, session: FakeSpdySession) => void,
): Promise<FakeSpdyServer> {
  const server = createServer();
  const sockets = new Set<Duplex>();
  server.on("upgrade", (_request, socket) => {
    sockets.add(socket);
    const [ours, theirs] = [createHeaderCodec(), createHeaderCodec()];
    const decoder = new FrameDecoder(theirs);
    const say = (frame: Frame): void => void socket.write(encodeFrame(frame, ours));
    const session: FakeSpdySession = { socket, streams: new Map(), say };
    socket.on("error", () => undefined).on("end", () => socket.end());
    socket.on("data", (chunk: Uint8Array) => {
      for (const frame of decoder.push(chunk)) {
        if (frame.type === "syn-stream") {
          const { streamtype = "" }: Headers = frame.headers;
          session.streams.set(streamtype, frame.streamId);
          say({ type: "syn-reply", streamId: frame.streamId, headers: {}, isLast: false });
        }
        handle(frame, session);
      }
    });
    socket.write(
      "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n" +
        `X-Stream-Protocol-Version: ${protocol}\r\n\r\n`,
    );
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const ask = (): Promise<{ readonly url: string }> =>
    Promise.resolve({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token` });
  return {
    line: { endpoint: "unix:///fake.sock", runtime: { exec: ask, attach: ask, portForward: ask } } as unknown as Line,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
