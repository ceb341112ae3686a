import { Duplex } from "node:stream";
import { callbackify } from "node:util";
import type { Line } from "../cri/connect.ts";
import { ConnectionLostError, RuntimeFailedError } from "../errors.ts";
import { openSession, type StreamingOptions } from "./open.ts";
import type { Session } from "./session.ts";

/**
 * Connects to a port inside a pod: a stream like a socket's. It has a connection to the streaming server of its own, so a
 * reader that is slow holds up nobody else. What goes wrong later, a refused port as well, is an error of the stream.
 *
 * @throws {NotFoundError} when there is no such pod sandbox
 * @throws {CancelledError} {RuntimeFailedError} {UnreachableError} {UntrustedError}
 * @see CRI RuntimeService.PortForward
 */
export async function dialPort(
  line: Line,
  podSandboxId: string,
  { port, ...options }: StreamingOptions & { readonly port: number },
): Promise<Duplex> {
  const session = await openSession(
    line,
    {
      rpc: "PortForward",
      purpose: { kind: "port", port },
      ask: () => line.runtime.portForward({ podSandboxId, port: [port] }, options),
      needsInputEnd: false,
    },
    options,
  );
  return streamOf(session, { rpc: "PortForward", endpoint: line.endpoint });
}

/** Longest text of an error that is kept. */
const longestErrorBytes = 4_096;

function streamOf(session: Session, where: { readonly rpc: string; readonly endpoint: string }): Duplex {
  let wanted = (): void => undefined;
  const send = callbackify(async (chunk: Uint8Array) => {
    if (!(await session.write(chunk))) throw lost(where);
  });
  const stream = new Duplex({
    read: () => wanted(),
    write(chunk: Uint8Array, _encoding, done) {
      send(chunk, done);
    },
    final: callbackify(() => session.endInput()),
    destroy(error, done) {
      session.close();
      wanted();
      done(error);
    },
  });
  const pump = async (): Promise<void> => {
    const told: Uint8Array[] = [];
    let toldBytes = 0;
    let isAtEnd = false;
    for await (const { channel, bytes, isLast } of session.pieces()) {
      if (channel === "error" && toldBytes < longestErrorBytes) {
        told.push(bytes);
        toldBytes += bytes.length;
      }
      // What the server has to say of a failure may come after the end of the data.
      if (channel === "error" && isLast && toldBytes > 0) throw refused(Buffer.concat(told).toString(), where);
      if (channel !== "data" || isAtEnd) continue;
      if (bytes.length > 0 && !stream.push(bytes)) await new Promise<void>((resolve) => (wanted = resolve));
      if (stream.destroyed) return;
      if (isLast) {
        isAtEnd = true;
        stream.push(null);
      }
    }
    if (toldBytes > 0) throw refused(Buffer.concat(told).toString(), where);
    if (!isAtEnd) throw lost(where);
  };
  pump().catch((error: unknown) => stream.destroy(error as Error));
  return stream;
}

function refused(answer: string, where: { readonly rpc: string; readonly endpoint: string }): RuntimeFailedError {
  return new RuntimeFailedError(
    `${where.rpc} on ${where.endpoint}: ${answer.trim()}`,
    { status: "REFUSED", answer },
    where,
  );
}

function lost(where: { readonly rpc: string; readonly endpoint: string }): ConnectionLostError {
  return new ConnectionLostError(`${where.rpc} on ${where.endpoint}: the streaming server broke the connection`, where);
}
