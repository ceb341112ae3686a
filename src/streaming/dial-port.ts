import { Duplex } from "node:stream";
import { callbackify } from "node:util";
import type { Line } from "../cri/connect.ts";
import { ConnectionLostError, RuntimeFailedError } from "../errors.ts";
import { longestTimerMs } from "./longest-timer.ts";
import { openSession, type StreamingOptions } from "./open.ts";
import type { Session } from "./session.ts";

/** Which port, and how it is reached. */
export interface DialPortOptions extends StreamingOptions {
  /** 1 to 65535. */
  readonly port: number;
  /**
   * Milliseconds without anything from the pod after which the end of our input is told, 5,000 when absent, Infinity for
   * never. containerd does not pass such an end on: it closes the whole connection half a second later, whatever is still
   * to come.
   */
  readonly halfCloseMs?: number | undefined;
}

/** Long enough for most servers to think of an answer, short enough not to pile up what clients have left. */
const defaultHalfCloseMs = 5_000;

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
  { port, halfCloseMs = defaultHalfCloseMs, ...options }: DialPortOptions,
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
  return streamOf(session, { rpc: "PortForward", endpoint: line.endpoint }, halfCloseMs);
}

/** Longest text of an error that is kept. */
const longestErrorBytes = 4_096;

function streamOf(session: Session, where: Where, halfCloseMs: number): Duplex {
  let wanted = (): void => undefined;
  let receivedCount = 0;
  let isOver = false;
  let ended = (): void => undefined;
  const whenEnded = new Promise<void>((resolve) => (ended = resolve));
  const send = callbackify(async (chunk: Uint8Array) => {
    if (!(await session.write(chunk))) throw lost(where);
  });
  const stream = new Duplex({
    read: () => wanted(),
    write(chunk: Uint8Array, _encoding, done) {
      send(chunk, done);
    },
    final: callbackify(async () => {
      await idle(() => receivedCount, { everyMs: halfCloseMs, until: whenEnded });
      if (session.canEndInput) {
        await session.endInput();
        return;
      }
      // An end that cannot be told is the end of everything.
      isOver = true;
      session.close();
    }),
    destroy(error, done) {
      session.close();
      ended();
      wanted();
      done(error);
    },
  });
  const pump = async (): Promise<void> => {
    const told: Uint8Array[] = [];
    let toldBytes = 0;
    const open = new Set(["data", "error"]);
    for await (const { channel, bytes, isLast } of session.pieces()) {
      if (isLast) open.delete(channel);
      if (channel === "data") {
        receivedCount += 1;
        if (bytes.length > 0 && !stream.push(bytes)) await new Promise<void>((resolve) => (wanted = resolve));
        if (stream.destroyed) return;
      } else if (toldBytes < longestErrorBytes) {
        told.push(bytes);
        toldBytes += bytes.length;
      }
      // Not at the end of the data: what the server has to say of a failure may come after it.
      if (open.size === 0) break;
    }
    if (toldBytes > 0) throw refused(Buffer.concat(told).toString(), where);
    if (open.has("data") && !isOver) throw lost(where);
    stream.push(null);
    ended();
  };
  pump().catch((error: unknown) => {
    if (isOver && error instanceof ConnectionLostError) stream.push(null);
    else stream.destroy(error as Error);
  });
  return stream;
}

/** Settles when the count has stood still for a time, which may be endless, or `until` has settled. */
async function idle(
  count: () => number,
  { everyMs, until }: { readonly everyMs: number; readonly until: Promise<void> },
): Promise<void> {
  if (everyMs > longestTimerMs) return until;
  let before = -1;
  let timer: NodeJS.Timeout | undefined;
  const still = new Promise<void>((resolve) => {
    timer = setInterval(() => {
      if (count() === before) resolve();
      before = count();
    }, everyMs / 2);
  });
  await Promise.race([still, until]);
  clearInterval(timer);
}

interface Where {
  readonly rpc: string;
  readonly endpoint: string;
}

function refused(answer: string, where: Where): RuntimeFailedError {
  return new RuntimeFailedError(
    `${where.rpc} on ${where.endpoint}: ${answer.trim()}`,
    { status: "REFUSED", answer },
    where,
  );
}

function lost({ rpc, endpoint }: Where): ConnectionLostError {
  return new ConnectionLostError(`${rpc} on ${endpoint}: the streaming server broke the connection`, { rpc, endpoint });
}
