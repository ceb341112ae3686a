import type { LogEntry, LogStream } from "./log-entry.ts";

/** A line as it was written, its parts joined. */
export interface LogLine {
  readonly time: string;
  readonly stream: LogStream;
  readonly content: Buffer;
  /** Whether a line break follows. A very long line comes in pieces. */
  readonly isEnd: boolean;
  /** Whether it begins here, so that a prefix belongs in front of it. */
  readonly isStart: boolean;
}

/** Bytes of one line that are kept together; a longer one comes in pieces of about this size. */
const pieceBytes = 1024 * 1024;

/** Joins the parts of long lines, stream by stream: another stream may write between two of them. */
export class LineJoiner {
  readonly #open = new Map<LogStream, { time: string; parts: Buffer[]; bytes: number; isStart: boolean }>();

  /** The lines, or the pieces of very long ones, that `entries` bring to an end. */
  join(entries: readonly LogEntry[]): readonly LogLine[] {
    const lines: LogLine[] = [];
    for (const { time, stream, content, isPartial } of entries) {
      const before = this.#open.get(stream);
      if (!isPartial && before === undefined) {
        lines.push({ time, stream, content, isEnd: true, isStart: true });
        continue;
      }
      const line = before ?? { time, parts: [], bytes: 0, isStart: true };
      line.parts.push(content);
      line.bytes += content.length;
      if (isPartial && line.bytes < pieceBytes) {
        this.#open.set(stream, line);
        continue;
      }
      lines.push({
        time: line.time,
        stream,
        content: Buffer.concat(line.parts),
        isEnd: !isPartial,
        isStart: line.isStart,
      });
      if (isPartial) this.#open.set(stream, { time: line.time, parts: [], bytes: 0, isStart: false });
      else this.#open.delete(stream);
    }
    return lines;
  }

  /** What has begun and was never brought to an end. */
  end(): readonly LogLine[] {
    const rest = [...this.#open].filter(([, { bytes }]) => bytes > 0);
    this.#open.clear();
    return rest.map(([stream, { time, parts, isStart }]) => {
      return { time, stream, content: Buffer.concat(parts), isEnd: false, isStart };
    });
  }
}
