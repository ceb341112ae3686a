import { isLogOver, type ContainerLog } from "../logs/container-log.ts";
import { LineJoiner, type LogLine } from "../logs/join-lines.ts";
import type { LogStream } from "../logs/log-entry.ts";
import { mergeByTime } from "../logs/merge-by-time.ts";
import { readLog } from "../logs/read-log.ts";
import type { Context, RuntimeLine } from "./context.ts";
import type { Io, Sink } from "./io.ts";
import type { Passage } from "./outcome.ts";
import { untilInterrupted } from "./until-interrupted.ts";
import { toJson } from "./views/json.ts";
import { printableLines } from "./views/printable.ts";

/** What of the logs is shown, and how. */
export interface PassLogsOptions {
  readonly follow?: boolean | undefined;
  readonly tail?: number | undefined;
  readonly since?: bigint | undefined;
  readonly timestamps?: boolean | undefined;
  readonly stream?: LogStream | undefined;
  readonly limitBytes?: number | undefined;
  readonly raw?: boolean | undefined;
  /** Puts the container's name in front of each line. */
  readonly isPod: boolean;
}

/** A line, and whose it is. */
interface NamedLine extends LogLine {
  readonly container: string;
}

/** Milliseconds that a silent container may hold the lines of the others up. */
const patienceMs = 200;
/** Asked at every look at the end of the file, ten times a second, and so much more often than the runtime wants to be. */
const looksPerQuestion = 10;

/** Passes the lines of some containers' logs on, those of several in the order of their times. */
export function passLogs(
  logs: readonly ContainerLog[],
  options: PassLogsOptions,
  { context, line }: { readonly context: Pick<Context, "format" | "signal">; readonly line: RuntimeLine },
): Passage {
  return {
    pass: async (out) => {
      const sources = logs.map((log) => {
        const lines = linesOf(log, options, line);
        // Wherever the interrupt comes, also while the runtime is asked.
        return options.follow ? untilInterrupted(lines, context.signal) : lines;
      });
      const merged = sources.length === 1 ? sources[0] : mergeByTime(sources, options.follow ? patienceMs : Infinity);
      for await (const lines of merged ?? []) {
        // A log that is cut short is not whole. One that is followed has no other end.
        if (!options.follow) context.signal.throwIfAborted();
        await write(lines, out, { ...options, isJson: context.format === "jsonl" });
        if (options.follow && context.signal.aborted) break;
      }
      return 0;
    },
  };
}

async function* linesOf(
  log: ContainerLog,
  { follow = false, tail, since, stream, limitBytes = Infinity }: PassLogsOptions,
  { runtime, call }: RuntimeLine,
): AsyncGenerator<readonly NamedLine[]> {
  let looks = 0;
  let isOver = log.isOver;
  const isNowOver = async (): Promise<boolean> => {
    if (!isOver && ++looks % looksPerQuestion === 0) isOver = await isLogOver({ runtime }, log.containerId, call);
    return isOver;
  };
  const named = (line: LogLine): NamedLine => ({ ...line, container: log.containerName });
  const joiner = new LineJoiner();
  let left = limitBytes;
  const entries = readLog(log.path, {
    tail,
    sinceNs: since,
    stream,
    follow: follow ? isNowOver : undefined,
    signal: call.signal,
  });
  for await (const batch of entries) {
    const lines = joiner.join(batch).map(named);
    yield lines.flatMap((line) => {
      if (left <= 0) return [];
      const content = line.content.subarray(0, left);
      left -= line.content.length + 1;
      return [{ ...line, content }];
    });
    if (left <= 0) return;
  }
  yield joiner.end().map(named);
}

/** How a line is written. */
interface Manner extends PassLogsOptions {
  readonly isJson: boolean;
}

/** In pieces, each as long as one output is written to, so that 50,000 lines are not as many writes. */
async function write(lines: readonly NamedLine[], out: Pick<Io, "stdout" | "stderr">, manner: Manner): Promise<void> {
  for (let at = 0; at < lines.length;) {
    const { stream } = lines[at] as NamedLine;
    const sink = manner.isJson || stream === "stdout" ? out.stdout : out.stderr;
    const parts: Uint8Array[] = [];
    for (; at < lines.length && (manner.isJson || lines[at]?.stream === stream); at++) {
      parts.push(...partsOf(lines[at] as NamedLine, manner));
    }
    sink.write(shown(Buffer.concat(parts), sink, manner));
    await sink.drained();
  }
}

const lineBreak = Buffer.from("\n");

function partsOf(line: NamedLine, { isJson, isPod, timestamps = false }: Manner): readonly Uint8Array[] {
  const { time, stream, container, content } = line;
  // Among the lines of others, what a container did not end is a line all the same.
  const { isStart, isEnd } = isPod ? { isStart: true, isEnd: true } : line;
  if (isJson) return [Buffer.from(`${toJson({ time, stream, container, text: content.toString() }, 0)}\n`)];
  const head = `${isPod ? `${container} | ` : ""}${timestamps ? `${time} ` : ""}`;
  return [...(isStart && head !== "" ? [Buffer.from(head)] : []), content, ...(isEnd ? [lineBreak] : [])];
}

/** A terminal must not obey a log; a pipe gets every byte as it is. */
function shown(bytes: Buffer, sink: Sink, { raw = false }: Manner): string | Uint8Array {
  return sink.isTty && !raw ? printableLines(bytes.toString(), sink.terminal()) : bytes;
}
