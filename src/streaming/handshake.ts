import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import { checkServerIdentity, type ConnectionOptions } from "node:tls";
import {
  CancelledError,
  ConnectionLostError,
  CrikitError,
  DeadlineExceededError,
  UnreachableError,
  UntrustedError,
} from "../errors.ts";
import type { CallOptions } from "../rpc/call-options.ts";
import { longestTimerMs } from "./longest-timer.ts";
import type { StreamingTarget } from "./target.ts";

/** Milliseconds that a streaming server may take to accept a session, when nobody says. */
const handshakeTimeoutMs = 10_000;

/** Bytes of a refusal that are worth reading. */
const longestAnswerBytes = 1_024;

/**
 * Runs one handshake with a streaming server: it is given up after the deadline or when the caller says so.
 *
 * @param body gets a signal that never aborts once the handshake is done
 * @throws {CancelledError} {DeadlineExceededError} {UnreachableError} {UntrustedError} {ConnectionLostError}
 */
export async function handshake<Result>(
  target: StreamingTarget,
  { signal, timeoutMs = handshakeTimeoutMs }: CallOptions,
  body: (giveUp: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const { endpoint } = target;
  const place = target.url.origin;
  const controller = new AbortController();
  const cancel = (): void => {
    const cause: unknown = signal?.reason;
    controller.abort(new CancelledError(`opening a stream on ${place} was cancelled`, { cause, endpoint }));
  };
  const expire = (): void => {
    const message = `the streaming server ${place} did not answer within ${timeoutMs} ms`;
    controller.abort(new DeadlineExceededError(message, { endpoint }));
  };
  signal?.addEventListener("abort", cancel, { once: true });
  if (signal?.aborted === true) cancel();
  const timer = timeoutMs > longestTimerMs ? undefined : setTimeout(expire, timeoutMs);
  try {
    controller.signal.throwIfAborted();
    return await body(controller.signal);
  } catch (error) {
    throw controller.signal.aborted ? controller.signal.reason : handshakeFailure(error, target);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", cancel);
  }
}

/** What Node's http and https need to connect to the address that was checked, and to nobody else. */
export function connectOptions({ address, port, tls }: StreamingTarget): ConnectionOptions {
  if (tls === undefined) return { host: address, port };
  return {
    host: address,
    port,
    // A name to ask for has to be one; the certificate is looked at for either.
    servername: isIP(tls.serverName) === 0 ? tls.serverName : "",
    checkServerIdentity: (_host, certificate) => checkServerIdentity(tls.serverName, certificate),
    rejectUnauthorized: tls.insecureSkipVerify !== true,
    ca: buffer(tls.ca),
    cert: buffer(tls.cert),
    key: buffer(tls.key),
  };
}

function buffer(pem: string | Uint8Array | undefined): Buffer | undefined {
  return pem === undefined ? undefined : Buffer.from(pem);
}

/** The first line or so of what a server says when it refuses. */
export async function readAnswer(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let lengthBytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    lengthBytes += chunk.length;
    if (lengthBytes > longestAnswerBytes) break;
  }
  return Buffer.concat(chunks).subarray(0, longestAnswerBytes).toString().trim();
}

function handshakeFailure(error: unknown, { url, endpoint }: StreamingTarget): Error {
  if (error instanceof CrikitError || !(error instanceof Error)) return error as Error;
  const place = url.origin;
  const code = "code" in error ? String(error.code) : "";
  if (isOfTrust(code, error)) {
    return new UntrustedError(`the streaming server ${place} is not trusted: ${error.message}`, {
      cause: error,
      endpoint,
      hint: "give the certificate of its authority (--tls-ca) and the name it has to bear (--tls-server-name)",
    });
  }
  if (/^(?:ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|EADDRNOTAVAIL|EACCES|EPERM)$/u.test(code)) {
    return new UnreachableError("connection-refused", `no streaming server answers on ${place}: ${error.message}`, {
      cause: error,
      endpoint,
      hint: "the runtime gave this address: look at its streaming server's settings",
    });
  }
  return new ConnectionLostError(`the streaming server ${place} broke the connection: ${error.message}`, {
    cause: error,
    endpoint,
  });
}

/** By the codes of OpenSSL's verification, which Node passes on, and Node's own for the name. */
function isOfTrust(code: string, error: Error): boolean {
  return (
    /^(?:ERR_TLS_CERT|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|INVALID_CA|PATH_LENGTH)/u.test(
      code,
    ) || /certificate (?:verify failed|required|unknown)|alert bad certificate/u.test(error.message)
  );
}
