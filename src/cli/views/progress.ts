import type { Sink } from "../io.ts";
import { printable } from "./printable.ts";
import { paint } from "./color.ts";
import { widthOf } from "./width.ts";

/** Who hears what is said: somebody before a terminal, a log that gets a line a step, or nobody. */
export type Audience = "terminal" | "log" | "nobody";

/** Says on stderr what a command is doing, while it does it. */
export interface Progress {
  /** For what costs calls of its own to find out, such as how far a pull is. */
  readonly audience: Audience;
  /** Says what is under way now; it takes the place of what was said before. */
  say(step: string): void;
  /** Ends and wipes its line away. Anything that prints calls it first; it may speak again after. */
  clear(): void;
}

/** Shorter work than this is not worth a word. Milliseconds. */
const patienceMs = 1_000;
const frameMs = 100;
const frames = ["|", "/", "-", "\\"];

/**
 * On a terminal, one line that turns and counts the seconds, from the second second on. Elsewhere nothing, unless `plain`
 * asks for a line a step.
 */
export function createProgress(sink: Sink, { plain }: { readonly plain: boolean }): Progress {
  const clear = (): void => undefined;
  if (plain) return { audience: "log", say: (step) => void sink.write(`${printable(step)}\n`), clear };
  if (!sink.isTty) return { audience: "nobody", say: () => undefined, clear };
  return spinner(sink);
}

function spinner(sink: Sink): Progress {
  let step = "";
  let startedAt: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  let frame = 0;
  const draw = (): void => {
    const terminal = sink.terminal();
    const elapsedMs = terminal.now.getTime() - (startedAt ?? 0);
    if (elapsedMs < patienceMs) return;
    const text = cut(`${frames[frame++ % frames.length]} ${step}`, terminal.width - 8);
    sink.write(`\r\u001b[K${text} ${paint(`${Math.floor(elapsedMs / 1_000)}s`, "dim", terminal)}`);
  };
  return {
    audience: "terminal",
    say(next) {
      step = printable(next);
      startedAt ??= sink.terminal().now.getTime();
      timer ??= setInterval(draw, frameMs).unref();
    },
    clear() {
      clearInterval(timer);
      if (frame > 0) sink.write("\r\u001b[K");
      [timer, startedAt, frame] = [undefined, undefined, 0];
    },
  };
}

function cut(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  let kept = "";
  for (const character of text) {
    if (widthOf(kept + character) >= columns) break;
    kept += character;
  }
  return `${kept}…`;
}
