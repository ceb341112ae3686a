/** Why a stream or a connection is ended: RFC 9113, section 7. */
export const ErrorCode = {
  NO_ERROR: 0,
  PROTOCOL_ERROR: 1,
  INTERNAL_ERROR: 2,
  FLOW_CONTROL_ERROR: 3,
  SETTINGS_TIMEOUT: 4,
  STREAM_CLOSED: 5,
  FRAME_SIZE_ERROR: 6,
  REFUSED_STREAM: 7,
  CANCEL: 8,
  COMPRESSION_ERROR: 9,
  CONNECT_ERROR: 10,
  ENHANCE_YOUR_CALM: 11,
  INADEQUATE_SECURITY: 12,
  HTTP_1_1_REQUIRED: 13,
} as const;

/** A code by its name; one that is not known, as its number. */
export function nameOfErrorCode(code: number): string {
  return Object.entries(ErrorCode).find(([, known]) => known === code)?.[0] ?? String(code);
}

/** The other side does not keep to HTTP/2: the connection cannot go on. */
export class ProtocolViolation extends Error {
  override readonly name = "ProtocolViolation";
  /** What it is told: one of `ErrorCode`. */
  readonly code: number;

  constructor(message: string, code: number = ErrorCode.PROTOCOL_ERROR) {
    super(message);
    this.code = code;
  }
}
