import { ErrorCode, nameOfErrorCode } from "./http2/error-code.ts";
import type { HeaderBlock } from "./http2/header-decoder.ts";

/** gRPC's status codes by name: the `code.proto` of google.rpc, and gRPC's "Status codes and their use". */
export const StatusCode = {
  OK: 0,
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const;

/** How a call ended that gave no answer. */
export type CallFailure =
  /** The runtime said so: gRPC's status and its words. */
  | { readonly kind: "status"; readonly code: number; readonly details: string }
  /** The call was reset or its connection broke before a status had come. */
  | {
      readonly kind: "broken";
      readonly details: string;
      /** Whether the server is known not to have looked at it, so that it can be sent again. */
      readonly isRefused: boolean;
      readonly cause?: unknown;
    }
  /** Its time was over. */
  | { readonly kind: "overdue" }
  /** It was ended from here. */
  | { readonly kind: "cancelled" }
  /** What came is longer than what is taken. */
  | { readonly kind: "too-large"; readonly bytes: number; readonly limitBytes: number }
  /** What came cannot be read. */
  | { readonly kind: "unreadable"; readonly details: string; readonly cause?: unknown };

/** What is known of a call whose stream has ended. */
export interface StreamEnd {
  /** HTTP's status, when the header of an answer came. */
  readonly httpStatus: number | undefined;
  /** The block that had the status: the trailers, or the header where nothing else came. */
  readonly status: HeaderBlock | undefined;
  /** HTTP/2's code for why the stream was closed (RFC 9113, section 7). */
  readonly resetCode: number;
  /** What the stream or its session failed with. */
  readonly error: Error | undefined;
  /** Whether the connection is gone, and not just this stream. */
  readonly isConnectionGone: boolean;
  /** Whether the time that the call was given is over. */
  readonly isOverdue: boolean;
}

/** Judges the end of a stream: what went wrong, or nothing. Pure. */
export function failureOf(end: StreamEnd): CallFailure | undefined {
  const { httpStatus, status, resetCode, error } = end;
  if (status !== undefined) {
    const failure = statusOf(status);
    const isDeadline = failure?.kind === "status" && failure.code === StatusCode.DEADLINE_EXCEEDED;
    return isDeadline && end.isOverdue ? { kind: "overdue" } : failure;
  }
  if (httpStatus !== undefined && httpStatus !== 200) return ofHttpStatus(httpStatus);
  const isReset = resetCode !== 0 && !end.isConnectionGone;
  // The runtime knows the deadline as well, and says that it is over or drops the call.
  if (isReset && resetCode === ErrorCode.CANCEL && end.isOverdue) return { kind: "overdue" };
  const details = isReset
    ? `the runtime reset the call: ${nameOfErrorCode(resetCode)}`
    : end.isConnectionGone
      ? (error?.message ?? "the runtime hung up")
      : "the answer ended without a status";
  return { kind: "broken", details, isRefused: resetCode === ErrorCode.REFUSED_STREAM, cause: error };
}

function statusOf(block: HeaderBlock): CallFailure | undefined {
  const text = block.get("grpc-status") ?? "";
  const code = /^\d{1,9}$/u.test(text) ? Number(text) : StatusCode.UNKNOWN;
  if (code === StatusCode.OK) return undefined;
  return { kind: "status", code, details: percentDecoded(block.get("grpc-message") ?? "") };
}

/** `grpc-message` is percent-encoded UTF-8; what is not, is as it stands, as gRPC asks of its readers. */
function percentDecoded(text: string): string {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The codes that gRPC gives to answers of a server that is none: "HTTP to gRPC Status Code Mapping". */
function ofHttpStatus(status: number): CallFailure {
  const codes: Readonly<Record<number, number>> = {
    400: StatusCode.INTERNAL,
    401: StatusCode.UNAUTHENTICATED,
    403: StatusCode.PERMISSION_DENIED,
    404: StatusCode.UNIMPLEMENTED,
    429: StatusCode.UNAVAILABLE,
    502: StatusCode.UNAVAILABLE,
    503: StatusCode.UNAVAILABLE,
    504: StatusCode.UNAVAILABLE,
  };
  return {
    kind: "status",
    code: codes[status] ?? StatusCode.UNKNOWN,
    details: `it answered with HTTP status ${status}`,
  };
}
