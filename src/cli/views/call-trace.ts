import type { CallRecord } from "../../rpc/call.ts";
import { redact, redactText } from "../../rpc/redact.ts";
import { toJson } from "./json.ts";
import { printable } from "./printable.ts";

/** One RPC for `--debug`: what it was, what it took in milliseconds, what went and what came back, without secrets. */
export function callTrace({ rpc, endpoint, request, response, error, durationMs }: CallRecord): string {
  const lines = [`debug: ${rpc} on ${endpoint} took ${durationMs.toFixed(1)} ms`];
  if (request !== undefined) lines.push(`  > ${told(request)}`);
  if (response !== undefined) lines.push(`  < ${told(response)}`);
  if (error instanceof Error) lines.push(`  ! ${redactText(error.message)}`);
  return lines.map((line) => `${printable(line)}\n`).join("");
}

function told(message: unknown): string {
  return redactText(toJson(redact(message), 0)).replace(secretInText, "$1[redacted]");
}

/**
 * A secret in JSON inside a text, with the value's own escapes escaped once more: verbose answers hold containerd's whole
 * configuration so, and with it the passwords of registries.
 */
const secretInText =
  /(\\"(?:password|auth|identity_?token|registry_?token)\\"\s*:\s*\\")(?:[^"\\]|\\\\(?:\\["\\]|[^"\\]))+/giu;
