/** One line of a container's log, or a part of a long one. */
export interface LogEntry {
  /** When it was written, as the file says it: RFC 3339 to the nanosecond. Empty where a line cannot be read. */
  readonly time: string;
  readonly stream: LogStream;
  /** What was written, without its line break: bytes, not text. */
  readonly content: Buffer;
  /** Whether the line goes on in the next entry of the same stream. */
  readonly isPartial: boolean;
}

/** Where a container wrote it. */
export type LogStream = "stdout" | "stderr";

const space = 0x20;
const brace = 0x7b;

/**
 * Reads a line of a log file, given without its line break: CRI's `TIME STREAM TAGS TEXT`, or Docker's JSON. The first tag
 * says `P` for a part of a line and `F` for its end. A line of neither form, which a crash leaves behind, is its own text.
 *
 * @see KEP 2371's predecessor, the CRI logging proposal: design-proposals-archive/node/kubelet-cri-logging.md
 */
export function parseLogLine(line: Buffer): LogEntry {
  return (line[0] === brace ? parseDockerLine(line) : parseCriLine(line)) ?? unreadable(line);
}

function parseCriLine(line: Buffer): LogEntry | undefined {
  const timeEnd = line.indexOf(space);
  const streamEnd = timeEnd < 0 ? -1 : line.indexOf(space, timeEnd + 1);
  if (streamEnd < 0) return undefined;
  const stream = line.toString("latin1", timeEnd + 1, streamEnd);
  if (stream !== "stdout" && stream !== "stderr") return undefined;
  const tagsEnd = line.indexOf(space, streamEnd + 1);
  const [tag] = line.toString("latin1", streamEnd + 1, tagsEnd < 0 ? line.length : tagsEnd).split(":");
  return {
    time: line.toString("latin1", 0, timeEnd),
    stream,
    content: tagsEnd < 0 ? Buffer.alloc(0) : line.subarray(tagsEnd + 1),
    isPartial: tag === "P",
  };
}

/** Docker splits a long line as well: a part has no line break at its end. */
function parseDockerLine(line: Buffer): LogEntry | undefined {
  let value: { readonly log?: unknown; readonly stream?: unknown; readonly time?: unknown };
  try {
    value = JSON.parse(line.toString()) as typeof value;
  } catch {
    return undefined; // cut off, or not JSON after all
  }
  const { log, stream, time } = value;
  if (typeof log !== "string" || typeof time !== "string") return undefined;
  const isPartial = !log.endsWith("\n");
  return {
    time,
    stream: stream === "stderr" ? "stderr" : "stdout",
    content: Buffer.from(isPartial ? log : log.slice(0, -1)),
    isPartial,
  };
}

function unreadable(line: Buffer): LogEntry {
  return { time: "", stream: "stdout", content: line, isPartial: false };
}

/** When an entry was written, in nanoseconds since 1970. `undefined` for a time that cannot be read. @see RFC 3339 */
export function timeOf({ time }: Pick<LogEntry, "time">): bigint | undefined {
  const match = /^(?<seconds>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(?<fraction>\d{1,9}))?(?<zone>Z|[+-]\d\d:\d\d)$/u.exec(
    time,
  )?.groups;
  if (match === undefined) return undefined;
  const milliseconds = Date.parse(`${match["seconds"] ?? ""}${match["zone"] ?? ""}`);
  if (Number.isNaN(milliseconds)) return undefined;
  return BigInt(milliseconds) * 1_000_000n + BigInt((match["fraction"] ?? "0").padEnd(9, "0"));
}
