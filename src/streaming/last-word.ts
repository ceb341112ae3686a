import { MalformedAnswerError, NotFoundError, RuntimeFailedError } from "../errors.ts";

/** What a streaming server says at the end: the process ended so, or it could not be run. */
export type LastWord =
  | { readonly kind: "exited"; readonly exitCode: number }
  | { readonly kind: "failed"; readonly reason: string; readonly message: string };

/** The part of Kubernetes' `metav1.Status` that matters here. */
interface Status {
  readonly status?: unknown;
  readonly reason?: unknown;
  readonly message?: unknown;
  readonly details?: { readonly causes?: unknown } | null;
}

/**
 * Reads what came on the error channel. Version 4 of the protocol and later send a status as JSON; the ones before send the
 * text of a failure, or nothing for a success, and then the exit code is part of a sentence.
 *
 * @returns undefined when version 4 or later has said nothing: then nothing is known
 * @throws {MalformedAnswerError}
 * @see k8s.io/cri-streaming, remotecommand/exec.go
 */
export function parseLastWord(text: string, protocol: string): LastWord | undefined {
  if (!/^v(?:[4-9]|\d\d)/u.test(protocol)) return parseSentence(text);
  if (text === "") return undefined;
  const status = parseStatus(text);
  if (status.status === "Success") return { kind: "exited", exitCode: 0 };
  const code = causesOf(status).find((cause) => cause?.reason === "ExitCode")?.message;
  if (status.reason === "NonZeroExitCode" && typeof code === "string" && /^\d+$/u.test(code)) {
    return { kind: "exited", exitCode: Number(code) };
  }
  const { reason, message } = status;
  return {
    kind: "failed",
    reason: typeof reason === "string" ? reason : "",
    message: typeof message === "string" ? message : text,
  };
}

function causesOf({ details }: Status): readonly ({ readonly reason?: unknown; readonly message?: unknown } | null)[] {
  return Array.isArray(details?.causes) ? details.causes : [];
}

/** The error for a last word that tells of a failure. */
export function failureOf(
  { reason, message }: { readonly reason: string; readonly message: string },
  where: { readonly rpc: string; readonly endpoint: string },
): RuntimeFailedError | NotFoundError {
  const text = `${where.rpc} on ${where.endpoint}: ${message}`;
  if (/not found in \$PATH|no such file or directory|executable file not found/u.test(message)) {
    return new NotFoundError(text, { ...where, hint: "the container has no such program" });
  }
  return new RuntimeFailedError(text, { status: reason || "Failure", answer: message }, where);
}

/** Before version 4: "command terminated with exit code 3". */
function parseSentence(text: string): LastWord {
  if (text === "") return { kind: "exited", exitCode: 0 };
  const code = /exit(?:ed with)? (?:code|status):? (?<code>\d+)/iu.exec(text)?.groups?.["code"];
  return code === undefined
    ? { kind: "failed", reason: "", message: text }
    : { kind: "exited", exitCode: Number(code) };
}

function parseStatus(text: string): Status {
  try {
    const status: unknown = JSON.parse(text);
    if (typeof status === "object" && status !== null) return status;
  } catch (error) {
    throw unreadable(text, error);
  }
  throw unreadable(text);
}

function unreadable(text: string, cause?: unknown): MalformedAnswerError {
  return new MalformedAnswerError(`the streaming server ended with '${text.slice(0, 200)}', which is no status`, {
    cause,
  });
}
