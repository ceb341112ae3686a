import { CancelledError, UnreachableError } from "../errors.ts";
import { openSocket } from "./byte-socket.ts";
import { diagnose, type Diagnosis } from "./diagnose.ts";
import type { Endpoint } from "./endpoint.ts";
import { Http2Connection } from "./http2/connection.ts";

/** How a channel is made. */
export interface ChannelOptions {
  /** Milliseconds that an endpoint may take to accept a connection and speak HTTP/2. 5,000 when absent. */
  readonly connectTimeoutMs?: number | undefined;
  /** Largest answer that is taken, in bytes. 16 MiB when absent, as kubelet's. */
  readonly receiveLimitBytes?: number | undefined;
}

/** One connection to a runtime; it opens on the first call and comes back by itself after the runtime restarts. */
export interface Channel {
  readonly endpoint: Endpoint;
  /** Largest answer that is taken, in bytes. */
  readonly receiveLimitBytes: number;
  /**
   * The connection to make a call on, which may only be about to be made.
   *
   * @throws {CancelledError} when the channel is closed
   */
  connection(): Http2Connection;
  /** Finds out why a connection was not made. Nothing when the runtime is there by now, as after a restart, or `signal` ends the search. */
  whyUnreachable(connection: Http2Connection, signal?: AbortSignal): Promise<UnreachableError | undefined>;
  /** No more calls. Those that are under way go on. */
  close(): void;
}

/** kubelet's own limit for answers of a runtime, bytes. */
const receiveLimitBytes = 16 * 1024 * 1024;

/** Makes a channel. Nothing is opened before the first call. */
export function openChannel(endpoint: Endpoint, options: ChannelOptions = {}): Channel {
  const connectTimeoutMs = options.connectTimeoutMs ?? 5_000;
  let current: Http2Connection | undefined;
  let isClosed = false;
  return {
    endpoint,
    receiveLimitBytes: options.receiveLimitBytes ?? receiveLimitBytes,
    connection() {
      if (isClosed) {
        throw new CancelledError(`the connection to ${endpoint.text} was closed`, { endpoint: endpoint.text });
      }
      if (current?.isUsable !== true) {
        current = new Http2Connection((events) => openSocket(endpoint, events), connectTimeoutMs);
      }
      return current;
    },
    async whyUnreachable({ isSilent }, signal) {
      const found = isSilent ? ({ state: "silent" } as const) : await diagnose(endpoint, connectTimeoutMs, signal);
      return found.state === "http2" || found.state === "unknown" ? undefined : unreachable(endpoint, found);
    },
    close() {
      isClosed = true;
      current?.close();
    },
  };
}

function unreachable(
  endpoint: Endpoint,
  diagnosis: Exclude<Diagnosis, { state: "http2" | "unknown" }>,
): UnreachableError {
  const at = endpoint.text;
  switch (diagnosis.state) {
    case "missing":
      return new UnreachableError("socket-missing", `no socket at ${at}`, {
        endpoint: at,
        hint: "is the runtime running? name its socket with --runtime-endpoint, or start a private one with 'crikit lab up'",
      });
    case "denied":
      return new UnreachableError("permission-denied", `permission denied on ${at}`, {
        endpoint: at,
        hint: "run it with sudo, or join the group that owns the socket",
      });
    case "refused":
      return new UnreachableError("connection-refused", `nobody listens on ${at}`, {
        endpoint: at,
        hint: "the runtime is down or restarting: look at its service and its log",
      });
    case "unreachable":
      return new UnreachableError("connection-refused", `cannot connect to ${at} (${diagnosis.detail})`, {
        endpoint: at,
        hint: "check the address and that the runtime listens there",
      });
    case "silent":
      return new UnreachableError("not-grpc", `${at} accepts connections but does not speak gRPC`, {
        endpoint: at,
        hint: "is this the runtime's CRI socket, and not its ttrpc or debug socket?",
      });
    case "other-protocol":
      return new UnreachableError("not-grpc", `${at} is not a gRPC server: ${diagnosis.detail}`, {
        endpoint: at,
        hint: "is this the runtime's CRI socket, and not another program's?",
      });
  }
}
