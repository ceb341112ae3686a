import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server as NetServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type handleBidiStreamingCall,
  type handleServerStreamingCall,
  type handleUnaryCall,
  Server,
  ServerCredentials,
  type ServiceDefinition,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import {
  ImageServiceDefinition,
  RuntimeServiceDefinition,
  type VersionResponse,
} from "../../../src/gen/runtime/v1/api.ts";

type Handler =
  | handleUnaryCall<never, unknown>
  | handleServerStreamingCall<never, unknown>
  | handleBidiStreamingCall<never, unknown>;

/** A folder for sockets, gone with its block. */
export class SocketFolder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), "crikit-socket-"));

  socket(name = "runtime"): string {
    return join(this.path, `${name}.sock`);
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** What a fake runtime says of itself. */
export const fakeVersion: Omit<VersionResponse, "_unknownFields"> = {
  version: "0.1.0",
  runtimeName: "fake",
  runtimeVersion: "9.9",
  runtimeApiVersion: "v1",
};

/** A gRPC server with CRI's services on a unix socket. Whatever has no handler is UNIMPLEMENTED. */
export class FakeRuntime implements AsyncDisposable {
  readonly server: Server;
  /** The RPCs that were called, in order. */
  readonly calls: string[] = [];

  private constructor(server: Server) {
    this.server = server;
  }

  static async listen(path: string, handlers: Readonly<Record<string, Handler>> = {}): Promise<FakeRuntime> {
    const server = new Server({ "grpc.max_send_message_length": -1 });
    const fake = new FakeRuntime(server);
    const version: handleUnaryCall<never, unknown> = (_, done) => done(null, fakeVersion);
    const all: Record<string, Handler> = { version, ...handlers };
    for (const definition of [RuntimeServiceDefinition, ImageServiceDefinition]) {
      const methods: Record<string, object> = {};
      const implementation: Record<string, unknown> = {};
      for (const [name, method] of Object.entries(definition.methods)) {
        const { requestType, responseType } = method as unknown as { requestType: Codec; responseType: Codec };
        methods[name] = {
          path: `/${definition.fullName}/${method.name}`,
          requestStream: false,
          responseStream: method.responseStream,
          requestSerialize: (value: unknown) => Buffer.from(requestType.encode(value).finish()),
          requestDeserialize: (bytes: Buffer) => requestType.decode(bytes),
          responseSerialize: (value: unknown) =>
            Buffer.from(responseType.encode(responseType.fromPartial(value)).finish()),
          responseDeserialize: (bytes: Buffer) => responseType.decode(bytes),
        };
        const handler = all[name] as ((...args: unknown[]) => unknown) | undefined;
        if (handler === undefined) continue;
        implementation[name] = (...args: unknown[]) => {
          fake.calls.push(method.name);
          return handler(...args);
        };
      }
      server.addService(methods as unknown as ServiceDefinition, implementation as UntypedServiceImplementation);
    }
    await new Promise<void>((resolve, reject) => {
      server.bindAsync(`unix://${path}`, ServerCredentials.createInsecure(), (error) =>
        error ? reject(error) : resolve(),
      );
    });
    return fake;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.server.forceShutdown();
    return Promise.resolve();
  }
}

interface Codec {
  encode(value: unknown): { finish(): Uint8Array };
  decode(bytes: Uint8Array): unknown;
  fromPartial(value: unknown): unknown;
}

/** A server that speaks something else: what it does with a connection is the caller's. */
export async function listenRaw(path: string, onSocket: (socket: Socket) => void): Promise<AsyncDisposable> {
  const sockets = new Set<Socket>();
  const server: NetServer = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    onSocket(socket);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return {
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
