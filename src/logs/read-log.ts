import { open, stat, type FileHandle } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { parseLogLine, timeOf, type LogEntry, type LogStream } from "./log-entry.ts";
import { rotatedFiles, type RotatedFile } from "./log-files.ts";
import { LineCutter, openIfThere, readFrom, readRotated } from "./read-lines.ts";
import { planTail, type ReadPlan } from "./plan-tail.ts";

/** What of a log is read. */
export interface ReadLogOptions {
  /** So many of the last lines; all when absent. */
  readonly tail?: number | undefined;
  /** Not before this point in time, nanoseconds since 1970. */
  readonly sinceNs?: bigint | undefined;
  /** What was written to one stream alone. */
  readonly stream?: LogStream | undefined;
  /** Goes on as the log grows, until this says that nobody writes any more. It is asked at each end of the file. */
  readonly follow?: (() => Promise<boolean>) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Milliseconds between two looks at a file that has been read to its end. */
const pauseMs = 100;

/**
 * Reads a container's log file: what it was rotated into first, compressed or not, the oldest first; then the file itself;
 * and, when it is followed, what is written from then on, through further rotations and a truncation. The entries come in
 * batches, as they were read.
 *
 * @param path as ContainerStatus reports it, on this machine
 * @throws {NodeJS.ErrnoException} when the file cannot be opened or read
 */
export async function* readLog(path: string, options: ReadLogOptions = {}): AsyncGenerator<readonly LogEntry[]> {
  const wanted = wantedBy(options);
  const reader = await LogReader.open(path);
  try {
    const plan = options.tail === undefined ? undefined : await planTail(reader, options.tail, wanted);
    for await (const lines of reader.linesSoFar(plan)) yield* entriesOf(lines, wanted);
    if (options.follow === undefined) return;
    for await (const lines of reader.linesToCome(options.follow, options.signal)) yield* entriesOf(lines, wanted);
  } finally {
    await reader.close();
  }
}

function* entriesOf(lines: readonly Buffer[], wanted: (entry: LogEntry) => boolean): Generator<readonly LogEntry[]> {
  const entries = lines.map(parseLogLine).filter(wanted);
  if (entries.length > 0) yield entries;
}

function wantedBy({ sinceNs, stream }: ReadLogOptions): (entry: LogEntry) => boolean {
  return (entry) => {
    if (stream !== undefined && entry.stream !== stream) return false;
    return sinceNs === undefined || (timeOf(entry) ?? sinceNs) >= sinceNs;
  };
}

/** A log, by the file that is open now and those that were set aside before. */
class LogReader {
  readonly #path: string;
  #file: FileHandle;
  #inode: bigint;
  #position = 0;
  #cutter = new LineCutter();
  /** The set-aside files that are read, or were older than what was asked for. */
  #known: ReadonlySet<string> = new Set();
  /** Those that were there at the start. */
  rotated: readonly RotatedFile[] = [];

  private constructor(path: string, file: FileHandle, inode: bigint) {
    this.#path = path;
    this.#file = file;
    this.#inode = inode;
  }

  static async open(path: string): Promise<LogReader> {
    const file = await open(path);
    const reader = new LogReader(path, file, await inodeOf(file));
    reader.rotated = await reader.#setAside();
    return reader;
  }

  get file(): FileHandle {
    return this.#file;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  async *linesSoFar(plan: ReadPlan | undefined): AsyncGenerator<readonly Buffer[]> {
    const files = plan?.rotated ?? this.rotated.map((file) => ({ file, skipLines: 0 }));
    for (const { file, skipLines } of files) yield* linesOfRotated(file, skipLines);
    this.#position = plan?.position ?? 0;
    yield* this.#newLines();
  }

  async *linesToCome(isOver: () => Promise<boolean>, signal?: AbortSignal): AsyncGenerator<readonly Buffer[]> {
    for (;;) {
      // Asked before the file is read once more: what was written before the end is all there then.
      const over = await isOver();
      yield* this.#newLines();
      if (await this.#hasMovedOn()) {
        yield* this.#lastLines(signal);
        yield* this.#afterRotation();
        continue;
      }
      if (over) {
        yield this.#cutter.end();
        return;
      }
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
      if (signal?.aborted === true) return;
    }
  }

  async *#newLines(): AsyncGenerator<readonly Buffer[]> {
    const { size } = await this.#file.stat();
    // Emptied in place, as `truncate` and logrotate's copytruncate do. What it ended in has no other half any more.
    if (size < this.#position) {
      this.#position = 0;
      yield this.#cutter.end();
    }
    for await (const chunk of readFrom(this.#file, this.#position)) {
      this.#position += chunk.length;
      yield this.#cutter.cut(chunk);
    }
  }

  /** Whether the path leads to another file now. While it leads nowhere, the runtime still writes into the old one. */
  async #hasMovedOn(): Promise<boolean> {
    const now = await inodeAt(this.#path);
    return now !== undefined && now !== this.#inode;
  }

  /** containerd has the new file before it has written the last that it took for the old one: until no more comes. */
  async *#lastLines(signal: AbortSignal | undefined): AsyncGenerator<readonly Buffer[]> {
    for (let quietAt = -1; quietAt < this.#position && signal?.aborted !== true;) {
      quietAt = this.#position;
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
      yield* this.#newLines();
    }
  }

  async *#afterRotation(): AsyncGenerator<readonly Buffer[]> {
    // Opened before the folder is read: whatever is set aside by then and is not this file is complete.
    const next = await openIfThere(this.#path);
    if (next === undefined) return; // gone with its container, or set aside once more: the next look tells
    try {
      yield* this.#newLines();
      yield this.#cutter.end();
    } finally {
      await this.#file.close();
      this.#file = next; // also for whoever stops here: one file is open, and close() closes it
    }
    const known = this.#known;
    const old = this.#inode;
    this.#inode = await inodeOf(next);
    this.#position = 0;
    this.#cutter = new LineCutter();
    // The oldest of them is the one that was open until now; the others came and went between two looks.
    const [oldest, ...others] = (await this.#setAside()).filter(({ key }) => !known.has(key));
    const isRead = oldest?.isCompressed === true || (oldest !== undefined && (await inodeAt(oldest.path)) === old);
    for (const file of oldest === undefined || isRead ? others : [oldest, ...others]) yield* linesOfRotated(file, 0);
  }

  /** The set-aside files, without the open one, which may have been set aside a moment ago. */
  async #setAside(): Promise<readonly RotatedFile[]> {
    const files = [];
    for (const file of await rotatedFiles(this.#path)) {
      if ((await inodeAt(file.path)) !== this.#inode) files.push(file);
    }
    this.#known = new Set(files.map(({ key }) => key));
    return files;
  }
}

async function* linesOfRotated(file: RotatedFile, skipLines: number): AsyncGenerator<readonly Buffer[]> {
  const cutter = new LineCutter();
  let left = skipLines;
  for await (const chunk of readRotated(file)) {
    const lines = cutter.cut(chunk);
    yield lines.slice(left);
    left = Math.max(0, left - lines.length);
  }
  yield cutter.end().slice(left);
}

async function inodeOf(file: FileHandle): Promise<bigint> {
  return (await file.stat({ bigint: true })).ino;
}

/** `undefined` for a file that is gone, compressed since it was listed perhaps. */
async function inodeAt(path: string): Promise<bigint | undefined> {
  try {
    return (await stat(path, { bigint: true })).ino;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
