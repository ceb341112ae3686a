import type { CallRecord } from "../../rpc/call.ts";
import { redact, redactText } from "../../rpc/redact.ts";
import { toJson } from "./json.ts";
import { printable } from "./printable.ts";
import { shortened, type Limits } from "./shortened.ts";

/** Columns that a message may take, and lines. */
const size = { width: 116, lines: 40 } as const;

/** A runtime's configuration or a list of containers is longer than a screen: the shape of it is enough here. */
const limits: Limits = { characters: 200, items: 12, depth: 7 };

/**
 * One RPC for `--debug`: what it was, what it took in milliseconds, what went and what came back, in protobuf's JSON form
 * without defaults. Without secrets: credentials, values of environment variables, tokens of streaming URLs. What is long
 * is cut: `crikit rpc` shows an answer whole.
 */
export function callTrace(record: CallRecord): string {
  const { rpc, service, endpoint, error, durationMs } = record;
  const json = record.toJson?.() ?? record;
  const request = withBytes(json.request, record.request);
  const response = withBytes(json.response, record.response);
  // CRI's two services share no name.
  const name = service.startsWith("runtime.") ? rpc : `${service.replace(/^.*\./u, "")}/${rpc}`;
  const lines = [
    `debug: ${name} on ${endpoint} took ${durationMs.toFixed(1)} ms`,
    ...(request === undefined ? [] : told(">", request)),
    ...(response === undefined ? [] : told("<", response)),
    ...(error instanceof Error ? [`  ! ${redactText(error.message)}`] : []),
  ];
  return lines.map((line) => `${printable(line)}\n`).join("");
}

/** JSON has bytes in base64, which nobody reads: as text where the message's are one, else how many there are. */
function withBytes(json: unknown, message: unknown): unknown {
  if (message instanceof Uint8Array) return textOf(message);
  if (Array.isArray(json) && Array.isArray(message)) return json.map((item, at) => withBytes(item, message[at]));
  if (!isRecord(json) || !isRecord(message)) return json;
  return Object.fromEntries(Object.entries(json).map(([field, value]) => [field, withBytes(value, message[field])]));
}

function textOf(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString("utf8");
  return /\uFFFD|(?![\t\n\r])\p{Cc}/u.test(text) ? `<${bytes.length} bytes>` : text;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function told(mark: string, message: unknown): readonly string[] {
  const lines = laidOut(withoutEmpty(shortened(redact(message), limits)), size.width).map((line) => redactText(line));
  const shown =
    lines.length > size.lines ? [...lines.slice(0, size.lines), `… ${lines.length - size.lines} more lines`] : lines;
  return shown.map((line, at) => `  ${at === 0 ? mark : " "} ${line}`);
}

/** Without texts, lists and maps that are empty: a message that was not sent has as much of them. */
function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, withoutEmpty(inner)] as const);
  return Object.fromEntries(entries.filter(([, inner]) => !isEmpty(inner)));
}

function isEmpty(value: unknown): boolean {
  return value === "" || value === null || (typeof value === "object" && Object.keys(value).length === 0);
}

/** JSON with as much on a line as fits. */
function laidOut(value: unknown, width: number): readonly string[] {
  const line = toJson(value, 0);
  if (line.length <= width || typeof value !== "object" || value === null) return [line];
  const inner = Array.isArray(value)
    ? value.map((item) => laidOut(item, width - 2))
    : Object.entries(value).map(([key, item]) => {
        const [first = "", ...rest] = laidOut(item, width - 2);
        return [`${toJson(key, 0)}: ${first}`, ...rest];
      });
  const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  const indented = inner.flatMap((lines, at) => {
    const comma = at + 1 < inner.length ? "," : "";
    return lines.map((each, place) => `  ${each}${place + 1 === lines.length ? comma : ""}`);
  });
  return [open, ...indented, close];
}
