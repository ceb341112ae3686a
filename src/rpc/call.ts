import type { CallFailure } from "./call-failure.ts";
import type { CallOptions } from "./call-options.ts";
import type { Channel } from "./channel.ts";
import { CancelledError, type CrikitError, UnreachableError } from "../errors.ts";
import { Exchange, longestTimerMs } from "./exchange.ts";
import type { Http2Connection } from "./http2/connection.ts";
import { errorOf, type Attempt } from "./status.ts";
import { DuplexCall, type Inbox, type OpenStream, ResponseStream } from "./streams.ts";

/** One method on the wire: where it lives, and how its messages become bytes. */
export interface Method<Request, Response> {
  /** Full name of the service, such as `runtime.v1.RuntimeService`. */
  readonly service: string;
  /** The method's own name, such as `RunPodSandbox`. */
  readonly rpc: string;
  readonly encode: (request: Request) => Uint8Array;
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
  const attempt = attemptOf(caller, method, options, request);
  try {
    const response = decoded(
      method,
      await ask(caller, method.encode(request), { name: method, limits: limitsOf(options), attempt }),
      attempt,
    );
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
  const attempt = attemptOf(caller, method, options, request);
  const limits = limitsOf(options);
  const open: OpenStream = (inbox) => {
    const message = method.encode(request);
    const exchange = begin(caller, method, limits, inbox);
    exchange.end(message);
    return exchange;
  };
  return new ResponseStream<Response>(open, {
    signal: options.signal,
    decode: (bytes) => decoded(method, bytes, attempt),
    toError: (failure, connection) => reasonOf(caller, { connection, failure, limits, attempt }),
    explain: (error) => explained(caller, error),
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
  const limits = limitsOf(options);
  const open: OpenStream = (inbox) => begin(caller, method, limits, inbox);
  return new DuplexCall<Request, Response>(open, method.encode, {
    signal: options.signal,
    decode: (bytes) => decoded(method, bytes, attempt),
    toError: (failure, connection) => reasonOf(caller, { connection, failure, limits, attempt }),
    explain: (error) => explained(caller, error),
    onEnd: (error) => report(caller, method, { request: undefined, error, startedAt }),
  });
}

/** What a call is made of. */
interface Question {
  readonly name: Name;
  readonly limits: Limits;
  readonly attempt: Attempt;
}

/** How often a call is tried that nobody has looked at. */
const mostTries = 3;

/** Sends a request, again where it is known that nobody has looked at it, and gives the answer. */
async function ask(
  caller: Caller,
  message: Uint8Array,
  { name, limits, attempt }: Question,
): Promise<Buffer | undefined> {
  for (let tries = 1; ; tries++) {
    const { connection, failure, bytes } = await askOnce(caller, message, { name, limits });
    if (failure === undefined) return bytes;
    const error = await reasonOf(caller, { connection, failure, limits, attempt });
    // gRPC's transparent retry: the runtime was not there yet, or says itself that it has not looked at the call.
    const isUntouched = failure.kind === "broken" && (!connection.isGreeted || failure.isRefused);
    if (error instanceof UnreachableError || !isUntouched || tries === mostTries) throw error;
  }
}

async function askOnce(
  caller: Caller,
  message: Uint8Array,
  { name, limits }: Pick<Question, "name" | "limits">,
): Promise<{
  readonly connection: Http2Connection;
  readonly failure?: CallFailure | undefined;
  readonly bytes?: Buffer | undefined;
}> {
  let bytes: Buffer | undefined;
  let settle: ((failure?: CallFailure) => void) | undefined;
  const ended = new Promise<CallFailure | undefined>((resolve) => (settle = resolve));
  const exchange = begin(caller, name, limits, {
    onMessage: (each) => (bytes = each),
    onEnd: (failure) => settle?.(failure),
  });
  const cancel = (): void => exchange.cancel();
  limits.signal?.addEventListener("abort", cancel, { once: true });
  exchange.end(message);
  const failure = await ended;
  limits.signal?.removeEventListener("abort", cancel);
  return { connection: exchange.connection, failure, bytes };
}

/** A call that went wrong, and on what. */
interface Failed {
  readonly connection: Http2Connection;
  readonly failure: CallFailure;
  readonly limits: Limits;
  readonly attempt: Attempt;
}

/** The error that a call ended with: that of the connection, where none was made. */
async function reasonOf({ channel }: Caller, { connection, failure, limits, attempt }: Failed): Promise<CrikitError> {
  const { signal, deadline = Infinity } = limits;
  if (failure.kind !== "broken" || connection.isGreeted || signal?.aborted === true) return errorOf(failure, attempt);
  // To look for the reason is part of the call, and ends with it.
  const leftMs = Math.max(0, deadline - Date.now());
  const ends = [
    ...(signal === undefined ? [] : [signal]),
    ...(leftMs > longestTimerMs ? [] : [AbortSignal.timeout(leftMs)]),
  ];
  const end = AbortSignal.any(ends);
  const reason = await channel.whyUnreachable(connection, end);
  return reason ?? errorOf(end.aborted ? { kind: "overdue" } : failure, attempt);
}

/** @throws {MalformedAnswerError} */
function decoded<Response>(
  { decode }: Pick<Method<never, Response>, "decode">,
  bytes: Buffer | undefined,
  attempt: Attempt,
): Response {
  if (bytes === undefined) throw errorOf({ kind: "unreadable", details: "it said OK, and sent no answer" }, attempt);
  try {
    return decode(bytes);
  } catch (cause) {
    const details = `its answer of ${bytes.length} bytes cannot be read`;
    throw errorOf({ kind: "unreadable", details, cause }, attempt);
  }
}

async function explained({ explain }: Caller, error: unknown): Promise<unknown> {
  return explain === undefined ? error : explain(error);
}

/** Sends the headers of a call, on a connection that is there or is made now. */
function begin(caller: Caller, name: Name, { signal, deadline }: Limits, inbox: Inbox): Exchange {
  const { channel, headers } = caller;
  const { text: endpoint } = channel.endpoint;
  const { rpc, service } = name;
  if (signal?.aborted === true) {
    throw new CancelledError(`${rpc} on ${endpoint} was cancelled`, { rpc, endpoint, cause: signal.reason });
  }
  return new Exchange(() => channel.connection(), {
    ...inbox,
    path: `/${service}/${rpc}`,
    headers,
    deadline,
    receiveLimitBytes: channel.receiveLimitBytes,
  });
}

/** What ends a call, however often it is sent: a signal, or the time, as milliseconds since 1970. */
interface Limits {
  readonly signal: AbortSignal | undefined;
  readonly deadline: number | undefined;
}

function limitsOf({ signal, timeoutMs = Infinity }: CallOptions): Limits {
  return { signal, deadline: timeoutMs === Infinity ? undefined : Date.now() + timeoutMs };
}

/** What a method is called. */
type Name = Pick<Method<never, unknown>, "service" | "rpc">;

function attemptOf(caller: Caller, method: Name, { signal, timeoutMs }: CallOptions, request?: unknown): Attempt {
  const { rpc, service } = method;
  return { rpc, service, endpoint: caller.channel.endpoint.text, timeoutMs: finite(timeoutMs), signal, request };
}

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
