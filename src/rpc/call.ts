import { Metadata } from "@grpc/grpc-js";
import type { CallOptions } from "./call-options.ts";
import type { Channel } from "./channel.ts";
import { CancelledError } from "../errors.ts";
import { errorOf, type Attempt } from "./status.ts";
import { DuplexCall, ResponseStream } from "./streams.ts";

/** One method on the wire: where it lives, and how its messages become bytes. */
export interface Method<Request, Response> {
  /** Full name of the service, such as `runtime.v1.RuntimeService`. */
  readonly service: string;
  /** The method's own name, such as `RunPodSandbox`. */
  readonly rpc: string;
  readonly encode: (request: Request) => Buffer;
  readonly decode: (bytes: Uint8Array) => Response;
  /** Messages in protobuf's JSON form, defaults left out as on the wire. Absent where that is not known. */
  readonly requestJson?: ((request: Request) => unknown) | undefined;
  readonly responseJson?: ((response: Response) => unknown) | undefined;
}

/** What an observer is told about a call when it has ended. */
export interface CallRecord {
  readonly rpc: string;
  readonly service: string;
  readonly endpoint: string;
  /** As they were passed: an observer that prints them has to `redact` them. */
  readonly request: unknown;
  /** Absent for streams and failures. */
  readonly response?: unknown;
  readonly error?: unknown;
  readonly durationMs: number;
  /**
   * Request and answer in protobuf's JSON form: enums by name, defaults left out as on the wire. They may hold secrets as
   * well. Absent where the form is not known.
   */
  readonly toJson?: (() => { readonly request: unknown; readonly response?: unknown }) | undefined;
}

/** The connection, and what every call on it shares. */
export interface Caller {
  readonly channel: Channel;
  /** Headers of every call, such as containerd's namespace. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Says more about a failure before anybody is told of it. */
  readonly explain?: ((error: unknown) => Promise<unknown>) | undefined;
  /** Milliseconds that a call may take at least, where its default deadline is shorter. */
  readonly leastTimeoutMs?: number | undefined;
  /** Called once per call, when it has ended. */
  readonly onCall?: ((record: CallRecord) => void) | undefined;
}

/** One request, one answer. @throws {CrikitError} of the class that fits what the runtime answered */
export async function callUnary<Request, Response>(
  caller: Caller,
  method: Method<Request, Response>,
  request: Request,
  options: CallOptions,
): Promise<Response> {
  const startedAt = startOf(caller);
  const attempt = attemptOf(caller, method, options);
  try {
    await begin(caller, attempt);
    const limit = deadlineOf(options);
    const response = await new Promise<Response>((resolve, reject) => {
      const call = caller.channel.client.makeUnaryRequest(
        pathOf(method),
        method.encode,
        method.decode,
        request,
        metadataOf(caller),
        limit,
        (error, answer) => {
          options.signal?.removeEventListener("abort", cancel);
          const isOver = Date.now() + clockSlackMs >= (limit.deadline ?? Infinity);
          if (error) reject(errorOf(error, { ...attempt, request, isOver }));
          else resolve(answer as Response); // grpc-js gives one or the other
        },
      );
      const cancel = (): void => call.cancel();
      options.signal?.addEventListener("abort", cancel, { once: true });
    });
    report(caller, method, { request, response, startedAt });
    return response;
  } catch (error) {
    report(caller, method, { request, error, startedAt });
    throw await explained(caller, error);
  }
}

/**
 * One request, many answers. The request leaves at once, not at the first pull: who subscribes and then acts misses
 * nothing. `stream.ready` settles when it has been sent.
 */
export function callServerStream<Request, Response>(
  caller: Caller,
  method: Method<Request, Response>,
  request: Request,
  options: CallOptions,
): ResponseStream<Response> {
  const startedAt = startOf(caller);
  const attempt = attemptOf(caller, method, options);
  const opened = open(caller, attempt, () =>
    caller.channel.client.makeServerStreamRequest(
      pathOf(method),
      method.encode,
      method.decode,
      request,
      metadataOf(caller),
      deadlineOf(options),
    ),
  );
  return new ResponseStream<Response>(opened, {
    signal: options.signal,
    toError: (error) => explained(caller, errorOf(error, { ...attempt, request })),
    onEnd: (error) => report(caller, method, { request, error, startedAt }),
  });
}

/** Many requests, many answers, both at their own pace. */
export function callDuplex<Request, Response>(
  caller: Caller,
  method: Method<Request, Response>,
  options: CallOptions,
): DuplexCall<Request, Response> {
  const startedAt = startOf(caller);
  const attempt = attemptOf(caller, method, options);
  const opened = open(caller, attempt, () =>
    caller.channel.client.makeBidiStreamRequest(
      pathOf(method),
      method.encode,
      method.decode,
      metadataOf(caller),
      deadlineOf(options),
    ),
  );
  return new DuplexCall<Request, Response>(opened, {
    signal: options.signal,
    toError: (error) => explained(caller, errorOf(error, attempt)),
    onEnd: (error) => report(caller, method, { request: undefined, error, startedAt }),
  });
}

async function open<Call>(caller: Caller, attempt: Attempt, start: () => Call): Promise<Call> {
  await begin(caller, attempt);
  return start();
}

async function explained({ explain }: Caller, error: unknown): Promise<unknown> {
  return explain === undefined ? error : explain(error);
}

async function begin(caller: Caller, { signal, rpc, endpoint }: Attempt): Promise<void> {
  if (signal?.aborted === true) {
    throw new CancelledError(`${rpc} on ${endpoint} was cancelled`, { rpc, endpoint, cause: signal.reason });
  }
  await caller.channel.ready(signal);
}

/** What a method is called. */
type Name = Pick<Method<never, unknown>, "service" | "rpc">;

function attemptOf(caller: Caller, method: Name, { signal, timeoutMs }: CallOptions): Attempt {
  const { rpc, service } = method;
  return { rpc, service, endpoint: caller.channel.endpoint.text, timeoutMs: finite(timeoutMs), signal };
}

function pathOf({ service, rpc }: Name): string {
  return `/${service}/${rpc}`;
}

function metadataOf({ headers }: Caller): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers ?? {})) metadata.set(name, value);
  return metadata;
}

function deadlineOf({ timeoutMs }: CallOptions): { deadline?: number } {
  const limit = finite(timeoutMs);
  return limit === undefined ? {} : { deadline: Date.now() + limit };
}

/** Milliseconds by which the runtime may be early with a deadline that it was told in whole ones. */
const clockSlackMs = 10;

function finite(timeoutMs: number | undefined): number | undefined {
  return timeoutMs === undefined || timeoutMs === Infinity ? undefined : timeoutMs;
}

/** When a call starts, for who wants to be told: Node loads a dozen modules of its own for this clock. Milliseconds. */
function startOf({ onCall }: Caller): number {
  return onCall === undefined ? 0 : performance.now();
}

function report<Request, Response>(
  { onCall, channel }: Caller,
  { rpc, service, requestJson, responseJson }: Method<Request, Response>,
  { startedAt, request, response, error }: Ended<Request, Response>,
): void {
  if (onCall === undefined) return;
  const durationMs = performance.now() - startedAt;
  const toJson = (): ReturnType<NonNullable<CallRecord["toJson"]>> => ({
    request: request === undefined ? undefined : requestJson?.(request),
    ...(response === undefined ? {} : { response: responseJson?.(response) }),
  });
  const known = requestJson !== undefined && responseJson !== undefined;
  onCall({
    rpc,
    service,
    endpoint: channel.endpoint.text,
    request,
    durationMs,
    ...(response === undefined ? {} : { response }),
    ...(error === undefined ? {} : { error }),
    ...(known ? { toJson } : {}),
  });
}

/** How a call ended. */
interface Ended<Request, Response> {
  readonly startedAt: number;
  readonly request: Request | undefined;
  readonly response?: Response;
  readonly error?: unknown;
}
