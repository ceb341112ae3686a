import {
  AlreadyExistsError,
  CancelledError,
  ConnectionLostError,
  type CrikitError,
  DeadlineExceededError,
  MalformedAnswerError,
  NotFoundError,
  RuntimeFailedError,
  UnimplementedError,
  UnreachableError,
} from "../errors.ts";
import { type CallFailure, StatusCode } from "./call-failure.ts";
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
  readonly signal?: AbortSignal | undefined;
  /** What was asked: a runtime may quote the credentials in it. */
  readonly request?: unknown;
}

/** Turns the end of a call into the class that a caller treats on its own. */
export function errorOf(failure: CallFailure, attempt: Attempt): CrikitError {
  const { rpc, endpoint, signal } = attempt;
  if (signal?.aborted === true) {
    return new CancelledError(`${rpc} on ${endpoint} was cancelled`, { rpc, endpoint, cause: signal.reason });
  }
  switch (failure.kind) {
    case "status":
      return ofStatus(failure.code, redactText(failure.details, secretsIn(attempt.request)), attempt);
    case "overdue":
      return deadlineExceeded(`${rpc} on ${endpoint} took longer than ${attempt.timeoutMs} ms`, attempt);
    case "broken":
      return new ConnectionLostError(`${rpc} on ${endpoint}: the connection broke (${failure.details})`, {
        rpc,
        endpoint,
        cause: failure.cause,
        hint: "the runtime went away during the call: look at its service and its log, then at what it had finished",
      });
    case "cancelled":
      return new CancelledError(`${rpc} on ${endpoint} was cancelled`, { rpc, endpoint });
    case "too-large":
      return tooLarge(failure, attempt);
    case "unreadable":
      return new MalformedAnswerError(`${rpc} on ${endpoint}: ${failure.details}`, {
        rpc,
        endpoint,
        cause: failure.cause,
        hint: "is this the runtime's CRI socket, and of a version that speaks CRI v1?",
      });
  }
}

/** What a runtime answered instead of a message, as the cause of the error that is made of it. */
class GrpcStatus extends Error {
  override readonly name = "GrpcStatus";
  /** gRPC's status code. */
  readonly code: number;
  /** The runtime's words, without secrets. */
  readonly details: string;

  constructor(status: string, code: number, details: string) {
    super(`${status}: ${details}`);
    this.code = code;
    this.details = details;
  }
}

function ofStatus(code: number, answer: string, attempt: Attempt): CrikitError {
  const { rpc, endpoint } = attempt;
  const status = nameOf(code);
  const where = { rpc, endpoint, cause: new GrpcStatus(status, code, answer) };
  switch (code) {
    case StatusCode.DEADLINE_EXCEEDED: // the runtime's own: containerd's ExecSync has one
      return deadlineExceeded(`${rpc} on ${endpoint}: deadline exceeded: ${answer}`, attempt, where.cause);
    case StatusCode.NOT_FOUND:
      return new NotFoundError(`${rpc} on ${endpoint}: ${answer}`, where);
    case StatusCode.ALREADY_EXISTS:
      return new AlreadyExistsError(`${rpc} on ${endpoint}: ${answer}`, where);
    case StatusCode.UNIMPLEMENTED:
      return unimplemented(answer, attempt, where.cause);
    default:
      return new RuntimeFailedError(`${rpc} on ${endpoint} failed (${status}): ${answer}`, { status, answer }, where);
  }
}

/** Our own limit. gRPC's code for it is the one that a runtime's own limit has. */
function tooLarge(
  { bytes, limitBytes }: { bytes: number; limitBytes: number },
  { rpc, endpoint }: Attempt,
): CrikitError {
  const answer = `received message larger than max (${bytes} vs ${limitBytes})`;
  return new RuntimeFailedError(
    `${rpc} on ${endpoint} answered with ${bytes} bytes, too many to take`,
    { status: "RESOURCE_EXHAUSTED", answer },
    {
      rpc,
      endpoint,
      hint: `ask for less with a filter; a program can raise receiveLimitBytes above ${limitBytes} bytes`,
    },
  );
}

function deadlineExceeded(text: string, { rpc, endpoint }: Attempt, cause?: unknown): CrikitError {
  return new DeadlineExceededError(text, {
    rpc,
    endpoint,
    cause,
    hint: "the runtime may still finish it: look before you try again, or give it longer with --timeout",
  });
}

function unimplemented(answer: string, { rpc, service, endpoint }: Attempt, cause: unknown): CrikitError {
  const where = { rpc, endpoint, cause };
  if (service.startsWith("runtime.") && /unknown service/u.test(answer)) {
    return new UnreachableError("not-cri-v1", `${endpoint} speaks gRPC, but not CRI v1 (${answer})`, {
      ...where,
      hint: 'a containerd whose config has disabled_plugins = ["cri"] answers so: enable the plugin and restart it',
    });
  }
  return new UnimplementedError(`${rpc} is not implemented by the runtime on ${endpoint}`, where);
}

function nameOf(code: number): string {
  return Object.entries(StatusCode).find(([, number]) => number === code)?.[0] ?? String(code);
}
