import { status as Status, type ServiceError } from "@grpc/grpc-js";
import {
  AlreadyExistsError,
  CancelledError,
  ConnectionLostError,
  type CrikitError,
  DeadlineExceededError,
  NotFoundError,
  RuntimeFailedError,
  UnimplementedError,
  UnreachableError,
} from "../errors.ts";
import { redactText, secretsIn } from "./redact.ts";

/** What was tried when a call failed. */
export interface Attempt {
  /** The method's own name, such as `RunPodSandbox`. */
  readonly rpc: string;
  /** The full name of its service, such as `runtime.v1.RuntimeService`. */
  readonly service: string;
  readonly endpoint: string;
  /** Milliseconds the call was given, when it had a deadline. */
  readonly timeoutMs?: number | undefined;
  /** Whether that time was over when it failed. */
  readonly isOver?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** What was asked: a runtime may quote the credentials in it. */
  readonly request?: unknown;
}

/**
 * Turns what grpc-js rejects with into the class that a caller treats on its own. grpc-js reports every cancellation
 * alike, so the signal is asked first which one it was.
 */
export function errorOf(raw: ServiceError, attempt: Attempt): CrikitError {
  const { rpc, endpoint } = attempt;
  const error = withoutSecrets(raw, secretsIn(attempt.request));
  const where = { rpc, endpoint, cause: error };
  const answer = redactText(error.details);
  if (attempt.signal?.aborted === true) {
    return new CancelledError(`${rpc} on ${endpoint} was cancelled`, { ...where, cause: attempt.signal.reason });
  }
  switch (error.code) {
    case Status.DEADLINE_EXCEEDED:
      return deadlineExceeded(attempt, error);
    case Status.CANCELLED: // not by us: that was asked first
      // The runtime knows the deadline, and drops the call when it is over; Bun tells of that before its own timer goes off.
      return attempt.isOver === true ? deadlineExceeded(attempt, error) : connectionLost(answer, attempt, error);
    case Status.NOT_FOUND:
      return new NotFoundError(`${rpc} on ${endpoint}: ${answer}`, where);
    case Status.ALREADY_EXISTS:
      return new AlreadyExistsError(`${rpc} on ${endpoint}: ${answer}`, where);
    case Status.UNIMPLEMENTED:
      return unimplemented(answer, attempt, error);
    case Status.UNAVAILABLE:
      return isFromRuntime(error) ? failed(answer, attempt, error) : connectionLost(answer, attempt, error);
    case Status.INTERNAL:
      // How grpc-js reports a server that dies during a call.
      if (/RST_STREAM|ECONNRESET|[Cc]onnection dropped/u.test(answer)) return connectionLost(answer, attempt, error);
      return failed(answer, attempt, error);
    case Status.RESOURCE_EXHAUSTED:
      return tooLarge(answer, attempt, error) ?? failed(answer, attempt, error);
    default:
      return failed(answer, attempt, error);
  }
}

/**
 * Whether the runtime answered with this status, as containerd does for the stats of a stopped pod. grpc-js has the same
 * code for a connection that broke, where no header of an answer came with it.
 */
function isFromRuntime({ metadata }: ServiceError): boolean {
  return metadata?.get("content-type").length > 0;
}

/** In place: it is the cause of what is thrown, and causes are told as well. */
function withoutSecrets(error: ServiceError, secrets: readonly string[]): ServiceError {
  if (secrets.length === 0) return error;
  error.details = redactText(error.details, secrets);
  error.message = redactText(error.message, secrets);
  if (error.stack !== undefined) error.stack = redactText(error.stack, secrets);
  return error;
}

function failed(answer: string, { rpc, endpoint }: Attempt, cause: ServiceError): CrikitError {
  const status = nameOf(cause.code);
  const failure = { status, answer };
  return new RuntimeFailedError(`${rpc} on ${endpoint} failed (${status}): ${answer}`, failure, {
    rpc,
    endpoint,
    cause,
  });
}

function connectionLost(answer: string, { rpc, endpoint }: Attempt, cause: ServiceError): CrikitError {
  return new ConnectionLostError(`${rpc} on ${endpoint}: the connection broke (${answer})`, {
    rpc,
    endpoint,
    cause,
    hint: "the runtime went away during the call: look at its service and its log, then at what it had finished",
  });
}

/** Our own limit, which grpc-js reports with the runtime's status code. */
function tooLarge(answer: string, { rpc, endpoint }: Attempt, cause: ServiceError): CrikitError | undefined {
  const limit = /larger than max \((\d+) vs\.? (\d+)\)/u.exec(answer);
  if (limit === null) return undefined;
  const failure = { status: nameOf(cause.code), answer };
  return new RuntimeFailedError(`${rpc} on ${endpoint} answered with ${limit[1]} bytes, too many to take`, failure, {
    rpc,
    endpoint,
    cause,
    hint: `ask for less with a filter; a program can raise receiveLimitBytes above ${limit[2]} bytes`,
  });
}

function deadlineExceeded(attempt: Attempt, cause: ServiceError): CrikitError {
  const { rpc, endpoint } = attempt;
  return new DeadlineExceededError(deadlineText(cause, attempt), {
    rpc,
    endpoint,
    cause,
    hint: "the runtime may still finish it: look before you try again, or give it longer with --timeout",
  });
}

/** Says who gave up: grpc-js here, or the runtime there (containerd's ExecSync has a deadline of its own). */
function deadlineText(error: ServiceError, { rpc, endpoint, timeoutMs }: Attempt): string {
  const isDropped = error.code === Status.CANCELLED;
  const ours = timeoutMs !== undefined && (isDropped || error.details.startsWith("Deadline exceeded"));
  return ours
    ? `${rpc} on ${endpoint} took longer than ${timeoutMs} ms`
    : `${rpc} on ${endpoint}: deadline exceeded: ${redactText(error.details)}`;
}

function unimplemented(answer: string, { rpc, service, endpoint }: Attempt, cause: ServiceError): CrikitError {
  const where = { rpc, endpoint, cause };
  if (service.startsWith("runtime.") && /unknown service/u.test(answer)) {
    return new UnreachableError("not-cri-v1", `${endpoint} speaks gRPC, but not CRI v1 (${answer})`, {
      ...where,
      hint: 'a containerd whose config has disabled_plugins = ["cri"] answers so: enable the plugin and restart it',
    });
  }
  return new UnimplementedError(`${rpc} is not implemented by the runtime on ${endpoint}`, where);
}

function nameOf(code: Status): string {
  return Status[code] ?? String(code);
}
