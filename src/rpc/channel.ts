import { Client, connectivityState, credentials } from "@grpc/grpc-js";
import { CancelledError, UnreachableError } from "../errors.ts";
import { diagnose, type Diagnosis } from "./diagnose.ts";
import type { Endpoint } from "./endpoint.ts";

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
  readonly client: Client;
  /**
   * Settles when a call can be sent. Costs nothing on a connection that is up.
   *
   * @throws {UnreachableError} as soon as it is known that nothing answers there
   */
  ready(signal?: AbortSignal): Promise<void>;
  close(): void;
}

/** kubelet's own limit for answers of a runtime, bytes. */
const receiveLimitBytes = 16 * 1024 * 1024;

/** Larger than HTTP/2's 64 KiB, so that a list of 10,000 containers does not wait for window updates. Bytes. */
const flowControlWindowBytes = 8 * 1024 * 1024;

/** Makes a channel. Nothing is opened before the first call. */
export function openChannel(endpoint: Endpoint, options: ChannelOptions = {}): Channel {
  const client = new Client(targetOf(endpoint), credentials.createInsecure(), {
    // Servers in Rust refuse a socket path as authority; Go clients send this too.
    "grpc.default_authority": "localhost",
    "grpc.max_receive_message_length": options.receiveLimitBytes ?? receiveLimitBytes,
    "grpc-node.flow_control_window": flowControlWindowBytes,
    "grpc.enable_http_proxy": 0,
    // A runtime restarts in well under a second; grpc-js's own first wait is a whole one.
    "grpc.initial_reconnect_backoff_ms": 50,
    "grpc.max_reconnect_backoff_ms": 500,
  });
  const connectTimeoutMs = options.connectTimeoutMs ?? 5_000;
  return {
    endpoint,
    client,
    ready: (signal) => ready(client, endpoint, { connectTimeoutMs, signal }),
    close: () => client.close(),
  };
}

function targetOf(endpoint: Endpoint): string {
  if (endpoint.kind === "unix") return `unix://${endpoint.path}`;
  return `dns:${endpoint.text.slice("tcp://".length)}`;
}

async function ready(
  client: Client,
  endpoint: Endpoint,
  { connectTimeoutMs, signal }: { readonly connectTimeoutMs: number; readonly signal: AbortSignal | undefined },
): Promise<void> {
  const channel = client.getChannel();
  const deadline = Date.now() + connectTimeoutMs;
  for (let state = channel.getConnectivityState(true); state !== connectivityState.READY;) {
    if (state === connectivityState.TRANSIENT_FAILURE) {
      const diagnosis = await diagnose(endpoint, Math.max(1, deadline - Date.now()));
      // It speaks HTTP/2 by now, so grpc-js only sits out its back-off.
      if (diagnosis.state !== "http2") throw unreachable(endpoint, diagnosis);
    }
    if (Date.now() >= deadline) throw unreachable(endpoint, { state: "silent" });
    await changed(client, state, { deadline, signal });
    state = channel.getConnectivityState(true);
  }
}

/** Waits until the state is another one, or the deadline has passed. */
async function changed(
  client: Client,
  state: connectivityState,
  { deadline, signal }: { readonly deadline: number; readonly signal: AbortSignal | undefined },
): Promise<void> {
  let stop: (() => void) | undefined;
  const given = new Promise<never>((_, reject) => {
    stop = () => reject(new CancelledError("cancelled while connecting", { cause: signal?.reason }));
    signal?.addEventListener("abort", stop, { once: true });
  });
  const moved = new Promise<void>((resolve) => {
    client.getChannel().watchConnectivityState(state, deadline, () => resolve());
  });
  try {
    await Promise.race([moved, given]);
  } finally {
    if (stop !== undefined) signal?.removeEventListener("abort", stop);
  }
}

function unreachable(endpoint: Endpoint, diagnosis: Diagnosis): UnreachableError {
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
    case "http2":
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
