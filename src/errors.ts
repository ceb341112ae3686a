/** What a caller may tell apart, stable across versions. */
export type ErrorCode =
  | "usage"
  | "socket-missing"
  | "permission-denied"
  | "connection-refused"
  | "not-grpc"
  | "not-cri-v1"
  | "no-endpoint"
  | "deadline-exceeded"
  | "cancelled"
  | "not-found"
  | "ambiguous"
  | "already-exists"
  | "unimplemented"
  | "runtime-failed"
  | "connection-lost"
  | "malformed-answer"
  | "invalid-archive"
  | "lab-failed"
  | "host-failed"
  | "unmeasured"
  | "untrusted";

/** What every {@link CrikitError} may be given. */
export interface CrikitErrorOptions {
  /** What went wrong underneath, kept for a debugger and never printed. */
  readonly cause?: unknown;
  /** What the user can do next, as a sentence without a full stop. */
  readonly hint?: string | undefined;
  /** The RPC that was tried, such as `RunPodSandbox`. */
  readonly rpc?: string | undefined;
  /** The endpoint it was tried on, such as `unix:///run/containerd/containerd.sock`. */
  readonly endpoint?: string | undefined;
}

/**
 * The one class that crikit throws on purpose. `code` says what happened, `rpc` and `endpoint` where, `hint` what to do
 * next. The message is one line and holds no secret.
 */
export abstract class CrikitError extends Error {
  abstract readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly rpc: string | undefined;
  readonly endpoint: string | undefined;

  constructor(message: string, options: CrikitErrorOptions = {}) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.hint = options.hint;
    this.rpc = options.rpc;
    this.endpoint = options.endpoint;
  }
}

/** Why no runtime could be reached. */
export type UnreachableCode =
  | "socket-missing"
  | "permission-denied"
  | "connection-refused"
  | "not-grpc"
  | "not-cri-v1"
  | "no-endpoint";

/** Nothing that speaks CRI v1 could be reached: `code` says at which step it ended. */
export class UnreachableError extends CrikitError {
  override readonly name = "UnreachableError";
  readonly code: UnreachableCode;

  constructor(code: UnreachableCode, message: string, options?: CrikitErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The call took longer than its deadline. The runtime may still finish what was asked. */
export class DeadlineExceededError extends CrikitError {
  override readonly name = "DeadlineExceededError";
  readonly code = "deadline-exceeded";
}

/** The caller gave the call up; `cause` is the reason of its `AbortSignal`. */
export class CancelledError extends CrikitError {
  override readonly name = "CancelledError";
  readonly code = "cancelled";
}

/** No object with that id or name on this runtime. */
export class NotFoundError extends CrikitError {
  override readonly name = "NotFoundError";
  readonly code = "not-found";
}

/** A name or the start of an id fits more than one object; the hint lists them. Nothing was done. */
export class AmbiguousError extends CrikitError {
  override readonly name = "AmbiguousError";
  readonly code = "ambiguous";
}

/** An object with that id or name is there already. */
export class AlreadyExistsError extends CrikitError {
  override readonly name = "AlreadyExistsError";
  readonly code = "already-exists";
}

/** This version of the runtime does not have the RPC. */
export class UnimplementedError extends CrikitError {
  override readonly name = "UnimplementedError";
  readonly code = "unimplemented";
}

/** The connection broke while the call was under way; whether the runtime did what was asked is not known. */
export class ConnectionLostError extends CrikitError {
  override readonly name = "ConnectionLostError";
  readonly code = "connection-lost";
}

/** The runtime answered with a failure that has no class of its own. */
export class RuntimeFailedError extends CrikitError {
  override readonly name = "RuntimeFailedError";
  readonly code = "runtime-failed";
  /** The gRPC status by name, such as `FAILED_PRECONDITION`. */
  readonly status: string;
  /** The runtime's own text, as it came. */
  readonly answer: string;

  constructor(message: string, failure: { status: string; answer: string }, options?: CrikitErrorOptions) {
    super(message, options);
    this.status = failure.status;
    this.answer = failure.answer;
  }
}

/** The runtime answered, but without a field that CRI requires, or with one that cannot be read. */
export class MalformedAnswerError extends CrikitError {
  override readonly name = "MalformedAnswerError";
  readonly code = "malformed-answer";
}

/** An image archive or layout that is truncated, tampered with, or of a kind that crikit does not read. */
export class InvalidArchiveError extends CrikitError {
  override readonly name = "InvalidArchiveError";
  readonly code = "invalid-archive";
}

/** A lab could not be brought up, found or taken down. */
export class LabError extends CrikitError {
  override readonly name = "LabError";
  readonly code = "lab-failed";
}

/** The kernel or a program of this machine refused what crikit asked of it. */
export class HostError extends CrikitError {
  override readonly name = "HostError";
  readonly code = "host-failed";
}

/** The namespaces could not be measured, so there is no verdict. */
export class UnmeasuredError extends CrikitError {
  override readonly name = "UnmeasuredError";
  readonly code = "unmeasured";
}

/** Nothing was sent: who answers, or would, is not proved to be the one that was meant. */
export class UntrustedError extends CrikitError {
  override readonly name = "UntrustedError";
  readonly code = "untrusted";
}

/** The words of the command line, or the arguments of a function, make no sense; nothing was sent to the runtime. */
export class UsageError extends CrikitError {
  override readonly name = "UsageError";
  readonly code = "usage";
}
