import type { Sink } from "./io.ts";

/** Where bytes of a program go: a whole sink, or a place in front of one. */
export type ByteSink = Pick<Sink, "write" | "drained">;

/** A sink whose lines go to another one, whole and with a head in front. */
export interface PrefixedSink extends ByteSink {
  /** Writes what is left of a line that never ended. */
  end(): void;
}

/** Longest line that is held back until its end comes. */
const longestLineBytes = 65_536;

/** Puts `head` in front of every line. Lines of several programs do not mix: only whole ones are passed on. */
export function prefixed(sink: ByteSink, head: string): PrefixedSink {
  const start = Buffer.from(head);
  let begun = Buffer.alloc(0);
  const pass = (lines: Buffer): void => {
    const parts: Buffer[] = [];
    for (let at = 0; at < lines.length;) {
      const end = lines.indexOf(0x0a, at) + 1 || lines.length;
      parts.push(start, lines.subarray(at, end));
      at = end;
    }
    if (parts.length > 0) sink.write(Buffer.concat(parts));
  };
  const lineBreak = Buffer.from("\n");
  return {
    write(text) {
      const all = Buffer.concat([begun, Buffer.from(text as Uint8Array)]);
      const end = all.lastIndexOf(0x0a) + 1;
      pass(all.subarray(0, end));
      begun = all.subarray(end);
      if (begun.length < longestLineBytes) return;
      pass(Buffer.concat([begun, lineBreak]));
      begun = Buffer.alloc(0);
    },
    drained: () => sink.drained(),
    end() {
      if (begun.length > 0) pass(Buffer.concat([begun, lineBreak]));
      begun = Buffer.alloc(0);
    },
  };
}
