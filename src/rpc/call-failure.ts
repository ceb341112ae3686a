import type { IncomingHttpHeaders } from "node:http2";

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
  readonly status: IncomingHttpHeaders | undefined;
  /** HTTP/2's code for why the stream was closed (RFC 9113, section 7). */
  readonly resetCode: number;
  /** What the stream or its session failed with. */
  readonly error: Error | undefined;
  /** Whether the connection is gone, and not just this stream. */
  readonly isConnectionGone: boolean;
  /** Whether the time that the call was given is over. */
  readonly isOverdue: boolean;
}

/** HTTP/2's error codes by their number: RFC 9113, section 7. */
const resetNames = [
  "NO_ERROR",
  "PROTOCOL_ERROR",
  "INTERNAL_ERROR",
  "FLOW_CONTROL_ERROR",
  "SETTINGS_TIMEOUT",
  "STREAM_CLOSED",
  "FRAME_SIZE_ERROR",
  "REFUSED_STREAM",
  "CANCEL",
  "COMPRESSION_ERROR",
  "CONNECT_ERROR",
  "ENHANCE_YOUR_CALM",
  "INADEQUATE_SECURITY",
  "HTTP_1_1_REQUIRED",
] as const;
const refusedStream = resetNames.indexOf("REFUSED_STREAM");
const cancelled = resetNames.indexOf("CANCEL");

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
  if (isReset && resetCode === cancelled && end.isOverdue) return { kind: "overdue" };
  const details = isReset
    ? `the runtime reset the call: ${resetNames[resetCode] ?? resetCode}`
    : end.isConnectionGone
      ? (errnoText(error) ?? "the runtime hung up")
      : "the answer ended without a status";
  return { kind: "broken", details, isRefused: isReset && resetCode === refusedStream, cause: error };
}

/** What the socket failed with. HTTP/2's own words for a session that is gone say no more than that. */
function errnoText(error: Error | undefined): string | undefined {
  return error !== undefined && "syscall" in error ? error.message : undefined;
}

function statusOf(block: IncomingHttpHeaders): CallFailure | undefined {
  const text = String(block["grpc-status"]);
  const code = /^\d{1,9}$/u.test(text) ? Number(text) : StatusCode.UNKNOWN;
  if (code === StatusCode.OK) return undefined;
  const message = block["grpc-message"];
  return { kind: "status", code, details: percentDecoded(typeof message === "string" ? message : "") };
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
