import type { FileHandle } from "node:fs/promises";
import { parseLogLine, type LogEntry, type LogStream } from "./log-entry.ts";

/** Bytes that are read at once, from the end on. */
const chunkBytes = 64 * 1024;
/**
 * More than the time, the stream and the tags of a line take, and than a whole line of Docker's: 16 KiB of text, each
 * byte of it escaped perhaps.
 */
const headBytes = 128 * 1024;
const lineFeed = 0x0a;

/** Where to begin, to have the last lines of a file. */
export interface TailPosition {
  /** Offset in bytes. */
  readonly position: number;
  /** How many lines there are from there on. */
  readonly lines: number;
}

/**
 * Where the last `count` lines of a log file begin. It is read from its end, so that what it costs depends on the lines and
 * not on the file. The parts of a long line count as the one line that they are.
 *
 * @param wanted which lines count; all when absent
 */
export async function tailPosition(
  file: FileHandle,
  count: number,
  wanted: (entry: LogEntry) => boolean = () => true,
): Promise<TailPosition> {
  const { size } = await file.stat();
  if (count <= 0) return { position: size, lines: 0 };
  let lines = 0;
  const seen = new Set<LogStream>();
  // The first byte of the earliest entry that belongs to the lines counted so far.
  let position = size;
  let head: Buffer = Buffer.alloc(0); // what follows the chunk that is looked at, to the end of its line
  for (let end = size; end > 0;) {
    const start = Math.max(0, end - chunkBytes);
    const chunk = Buffer.allocUnsafe(end - start);
    await file.read(chunk, 0, chunk.length, start);
    const bytes = Buffer.concat([chunk, head]);
    // A line begins behind each line break but the last of the file, and at the file's first byte.
    for (let at = chunk.length - 1; at >= (start === 0 ? -1 : 0); at--) {
      if (at >= 0 && bytes[at] !== lineFeed) continue;
      const lineStart = start + at + 1;
      if (lineStart === size) continue;
      const entry = parseLogLine(headOf(bytes, at + 1));
      if (!wanted(entry)) continue;
      // A part that nothing follows is a line of its own: the container ended in the middle of it.
      if (!entry.isPartial || !seen.has(entry.stream)) {
        if (lines === count) return { position, lines };
        lines++;
      }
      seen.add(entry.stream);
      position = lineStart;
    }
    head = headOf(bytes, 0).subarray(0, headBytes);
    end = start;
  }
  return { position, lines };
}

/** The start of a line: all that is needed to know what kind of entry it is. Docker's lines say that at their end. */
function headOf(bytes: Buffer, start: number): Buffer {
  const end = bytes.indexOf(lineFeed, start);
  return bytes.subarray(start, end < 0 ? bytes.length : end);
}
