import type { CallRecord } from "../../rpc/call.ts";
import { redact, redactText } from "../../rpc/redact.ts";
import { toJson } from "./json.ts";
import { printable } from "./printable.ts";

/** One RPC for `--debug`: what it was, what it took in milliseconds, what went and what came back, without secrets. */
export function callTrace({ rpc, endpoint, request, response, error, durationMs }: CallRecord): string {
  const lines = [`debug: ${rpc} on ${endpoint} took ${durationMs.toFixed(1)} ms`];
  if (request !== undefined) lines.push(`  > ${toJson(redact(request), 0)}`);
  if (response !== undefined) lines.push(`  < ${toJson(redact(response), 0)}`);
  if (error instanceof Error) lines.push(`  ! ${redactText(error.message)}`);
  return lines.map((line) => `${printable(line)}\n`).join("");
}
