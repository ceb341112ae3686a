import type { TerminalSize } from "../streaming/session.ts";
import type { Context } from "./context.ts";
import type { ByteSink } from "./prefixed.ts";

/**
 * What a program that was cut off may have left the terminal in: cursor shown, no reports of mouse and pasting, plain
 * colours. @see ECMA-48, and xterm's control sequences
 */
const tidy = "\u001b[?25h\u001b[?1000l\u001b[?1002l\u001b[?1003l\u001b[?1006l\u001b[?2004l\u001b[0m";

/**
 * Lends our terminal to a program elsewhere: its size, and its keys if `typing`. However `body` ends, the terminal is as it
 * was before.
 */
export async function onTerminal<Result>(
  { typing, screen }: { readonly typing: boolean; readonly screen: ByteSink },
  context: Pick<Context, "keyboard">,
  body: (sizes: AsyncIterable<TerminalSize> | undefined) => Promise<Result>,
): Promise<Result> {
  const keyboard = context.keyboard();
  if (keyboard === undefined) return body(undefined);
  const stop = new AbortController();
  await using _raw = typing ? await keyboard.raw() : null;
  try {
    return await body(keyboard.sizes(stop.signal));
  } catch (error) {
    if (typing) screen.write(tidy);
    throw error;
  } finally {
    stop.abort();
  }
}
