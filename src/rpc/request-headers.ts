import { UsageError } from "../errors.ts";
import type { Header } from "./http2/header-table.ts";

/** What every call says of itself: "gRPC over HTTP/2", Requests. */
const first: readonly Header[] = [
  [":method", "POST"],
  [":scheme", "http"],
  [":authority", "localhost"], // servers in Rust refuse a socket's path; Go's clients send this too
];
const last: readonly Header[] = [
  ["te", "trailers"],
  ["content-type", "application/grpc"],
  ["user-agent", "grpc-node-crikit"],
];

/**
 * The headers of a call in the order that HTTP/2 has for them.
 *
 * @param path `/package.Service/Method`
 * @param leftMs how long the call may take. Milliseconds
 * @param more headers beside gRPC's own
 * @throws {UsageError} for a header that cannot be sent
 */
export function requestHeaders(
  path: string,
  leftMs: number | undefined,
  more: Readonly<Record<string, string>> = {},
): readonly Header[] {
  const timeout: readonly Header[] = leftMs === undefined ? [] : [["grpc-timeout", timeoutText(leftMs)]];
  return [...first, [":path", path], ...last, ...timeout, ...Object.entries(more).map(sendable)];
}

/** gRPC's `Custom-Metadata`: what else there may be in a name or a value would begin another header, or none. */
function sendable([name, value]: Header): Header {
  if (!/^[\w.-]+$/u.test(name)) throw new UsageError(`'${name}' cannot be the name of a header`);
  if (!/^[ -~]*$/u.test(value)) throw new UsageError(`the header '${name}' cannot hold anything but printable ASCII`);
  return [name.toLowerCase(), value];
}

/** `grpc-timeout`: at most eight digits and a unit. */
function timeoutText(ms: number): string {
  const largest = 99_999_999;
  if (ms <= largest) return `${Math.ceil(ms)}m`;
  return ms / 1_000 <= largest ? `${Math.ceil(ms / 1_000)}S` : `${Math.min(largest, Math.ceil(ms / 3_600_000))}H`;
}
