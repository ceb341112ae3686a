import { join } from "node:path";
import {
  type Metadata,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
} from "@grpc/grpc-js";
import type { Caller } from "../../../src/rpc/call.ts";
import { openChannel } from "../../../src/rpc/channel.ts";
import { parseEndpoint } from "../../../src/rpc/endpoint.ts";

/** A server that knows no proto: it answers a call with the bytes of its request, a streaming one with them three times. */
export class EchoServer implements AsyncDisposable {
  readonly #server: Server;
  readonly caller: Caller;
  /** The calls that came, in order. */
  readonly calls: { readonly path: string; readonly metadata: Metadata; readonly bytes: Buffer }[] = [];

  private constructor(server: Server, caller: Caller) {
    this.#server = server;
    this.caller = caller;
  }

  static async listen(folder: string, paths: readonly { path: string; stream?: boolean }[]): Promise<EchoServer> {
    const socket = join(folder, "echo.sock");
    const server = new Server();
    const echo = new EchoServer(server, { channel: openChannel(parseEndpoint(socket)) });
    const bytes = (value: Buffer): Buffer => value;
    for (const { path, stream = false } of paths) {
      const codec = { requestSerialize: bytes, requestDeserialize: bytes, responseSerialize: bytes };
      const kind = { path, requestStream: false, responseStream: stream, ...codec, responseDeserialize: bytes };
      const note = ({ metadata, request }: { metadata: Metadata; request: Buffer }): void =>
        void echo.calls.push({ path, metadata, bytes: request });
      server.addService(
        { call: kind },
        stream
          ? {
              call(call: ServerWritableStream<Buffer, Buffer>) {
                note(call);
                for (let times = 0; times < 3; times++) call.write(call.request);
                call.end();
              },
            }
          : {
              call(call: ServerUnaryCall<Buffer, Buffer>, done: sendUnaryData<Buffer>) {
                note(call);
                done(null, call.request);
              },
            },
      );
    }
    await new Promise<void>((resolve, reject) => {
      server.bindAsync(`unix://${socket}`, ServerCredentials.createInsecure(), (error) =>
        error ? reject(error) : resolve(),
      );
    });
    return echo;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.caller.channel.close();
    this.#server.forceShutdown();
    return Promise.resolve();
  }
}
