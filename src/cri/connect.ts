import type { VersionResponse } from "../gen/runtime/v1/api.ts";
import type { CallRecord, Caller } from "../rpc/call.ts";
import { openChannel } from "../rpc/channel.ts";
import type { Endpoint } from "../rpc/endpoint.ts";
import { endpointCandidates, firstThatAnswers, type EndpointHints } from "./discover.ts";
import { createImageService, createRuntimeService, type ImageService, type RuntimeService } from "./services.ts";

/** How to connect. */
export interface ConnectOptions extends Omit<EndpointHints, "endpoint"> {
  /** Gives up connecting. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds an endpoint may take to accept a connection and speak HTTP/2. 5,000 when absent. */
  readonly connectTimeoutMs?: number | undefined;
  /** Milliseconds that every call may take at least, where its own default deadline is shorter. */
  readonly leastTimeoutMs?: number | undefined;
  /** Largest answer that is taken, in bytes. 16 MiB when absent. */
  readonly receiveLimitBytes?: number | undefined;
  /** Told of every call when it has ended. What it is given may hold secrets: `redact` it before it is shown. */
  readonly onCall?: ((record: CallRecord) => void) | undefined;
}

/** An open line to a runtime, without a word spoken on it yet. */
export interface Line extends AsyncDisposable {
  readonly runtime: RuntimeService;
  readonly image: ImageService;
  /** The runtime's endpoint in its canonical spelling, such as `unix:///run/containerd/containerd.sock`. */
  readonly endpoint: string;
  /** For services of the runtime's own on the same socket, such as containerd's content service. */
  readonly caller: Caller;
  /** The same for what goes to the image service's socket, where that is another. */
  readonly imageCaller: Caller;
  /** Ends every call that is still under way and closes the connection. Harmless to call twice. */
  close(): void;
}

/** A connection to a runtime that has answered Version. */
export interface Connection extends Line {
  /** What the runtime says of itself. */
  readonly version: VersionResponse;
}

/** Milliseconds that one of several well-known sockets may take to answer before the next in order wins. */
const discoveryTimeoutMs = 2_000;

/**
 * Connects to a container runtime over CRI v1 and asks it for its version. Without an endpoint the runtime is looked for:
 * `CONTAINER_RUNTIME_ENDPOINT`, then `/etc/crictl.yaml`, then the well-known sockets, all tried at once. The connection
 * survives a restart of the runtime.
 *
 * @param endpoint `unix:///path`, an absolute path, or `tcp://host:port`
 * @throws {UsageError} when `endpoint` is none
 * @throws {UnreachableError} when nothing there speaks CRI v1; its `code` says at which step it ended
 * @see CRI RuntimeService.Version
 */
export async function connect(endpoint?: string, options: ConnectOptions = {}): Promise<Connection> {
  const { runtime, image } = await endpointCandidates({ ...options, endpoint });
  const timeoutMs = runtime.length > 1 ? discoveryTimeoutMs : undefined;
  return firstThatAnswers(
    runtime,
    async (candidate) => {
      const line = openLine(candidate.endpoint, image?.endpoint, options);
      try {
        const version = await line.runtime.version({}, { signal: options.signal, timeoutMs });
        return { ...line, version };
      } catch (error) {
        line.close();
        throw error;
      }
    },
    (unused) => unused.close(),
  );
}

/**
 * The same without asking for the version when somebody named the endpoint: the first call of the caller's own finds out
 * whether a runtime is there. For commands that make one call and end.
 *
 * @throws {UsageError} and, when the runtime had to be looked for, {UnreachableError}
 */
export async function dial(endpoint?: string, options: ConnectOptions = {}): Promise<Line> {
  const { runtime, image } = await endpointCandidates({ ...options, endpoint });
  const [only, ...others] = runtime;
  if (only !== undefined && others.length === 0) return openLine(only.endpoint, image?.endpoint, options);
  return connect(endpoint, options);
}

function openLine(endpoint: Endpoint, imageEndpoint: Endpoint | undefined, options: ConnectOptions): Line {
  const channel = openChannel(endpoint, options);
  // One connection when both services live on the same socket, as they do on every runtime we know.
  const imageChannel =
    imageEndpoint === undefined || imageEndpoint.text === endpoint.text ? channel : openChannel(imageEndpoint, options);
  const explain = async (error: unknown): Promise<unknown> =>
    (await import("./explain-failure.ts")).explainFailure(error, runtime);
  const caller: Caller = { channel, explain, onCall: options.onCall, leastTimeoutMs: options.leastTimeoutMs };
  const imageCaller: Caller = { ...caller, channel: imageChannel };
  const runtime = createRuntimeService(caller);
  const close = (): void => {
    channel.close();
    if (imageChannel !== channel) imageChannel.close();
  };
  return {
    runtime,
    image: createImageService(imageCaller),
    endpoint: endpoint.text,
    caller,
    imageCaller,
    close,
    [Symbol.asyncDispose]: async () => close(),
  };
}
