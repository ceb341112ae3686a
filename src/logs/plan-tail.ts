import type { FileHandle } from "node:fs/promises";
import { parseLogLine, type LogEntry } from "./log-entry.ts";
import type { RotatedFile } from "./log-files.ts";
import { LineCutter, readRotated } from "./read-lines.ts";
import { tailPosition } from "./tail-position.ts";

/** Where reading begins. */
export interface ReadPlan {
  /** The set-aside files to be read, with how many of their first lines to leave out. */
  readonly rotated: readonly { readonly file: RotatedFile; readonly skipLines: number }[];
  /** Offset in the open file, bytes. */
  readonly position: number;
}

/** A log as far as it has been written. */
interface Log {
  readonly file: FileHandle;
  readonly rotated: readonly RotatedFile[];
}

/**
 * Where reading has to begin for the last `count` lines: in the open file, or in one that was set aside before, which is
 * looked at only when those after it have too few. A compressed one has to be read whole to be counted.
 */
export async function planTail(
  { file, rotated }: Log,
  count: number,
  wanted: (entry: LogEntry) => boolean,
): Promise<ReadPlan> {
  const { position, lines } = await tailPosition(file, count, wanted);
  const chosen: { file: RotatedFile; skipLines: number }[] = [];
  let missing = count - lines;
  for (const each of rotated.toReversed()) {
    if (missing <= 0) break;
    const { found, skipLines } = await lastLines(each, missing, wanted);
    chosen.unshift({ file: each, skipLines });
    missing -= found;
  }
  return { rotated: chosen, position };
}

/** How many of a set-aside file's lines are to be left out, so that at most `count` are left. */
async function lastLines(
  file: RotatedFile,
  count: number,
  wanted: (entry: LogEntry) => boolean,
): Promise<{ readonly found: number; readonly skipLines: number }> {
  const ends: number[] = []; // of the last lines, the number of the physical line each begins with
  let physical = 0;
  let start: number | undefined;
  const cutter = new LineCutter();
  const look = (line: Buffer): void => {
    const entry = parseLogLine(line);
    if (wanted(entry)) {
      start ??= physical;
      if (!entry.isPartial) {
        ends.push(start);
        start = undefined;
        if (ends.length > count) ends.shift();
      }
    }
    physical++;
  };
  for await (const chunk of readRotated(file)) cutter.cut(chunk).forEach(look);
  cutter.end().forEach(look);
  if (start !== undefined) {
    ends.push(start);
    if (ends.length > count) ends.shift();
  }
  return { found: ends.length, skipLines: ends[0] ?? physical };
}
