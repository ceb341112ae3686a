import { open } from "node:fs/promises";
import { ReadStream } from "node:tty";
import { CancelledError, UsageError } from "../errors.ts";

/**
 * Asks a question on the terminal and reads a line that is not shown, wherever the standard streams lead: as ssh does.
 *
 * @throws {UsageError} when there is no terminal
 * @throws {CancelledError} when `signal` aborts, or Ctrl-C or Ctrl-D is typed
 */
export async function askSecret(question: string, signal: AbortSignal): Promise<string> {
  const device = await open("/dev/tty", "r+").catch((error: unknown) => {
    throw new UsageError("there is no terminal to ask for the password on", {
      cause: error,
      hint: "write it to standard input and add --password-stdin, or name a file with --authfile",
    });
  });
  const terminal = new ReadStream(device.fd);
  try {
    terminal.setRawMode(true); // no echo
    await device.write(question);
    return await lineOf(terminal, signal);
  } finally {
    terminal.setRawMode(false);
    await device.write("\n");
    terminal.destroy();
    await device.close().catch(() => undefined); // destroyed with the stream
  }
}

const [interrupt, endOfInput, backspace, erase, killLine] = ["\u0003", "\u0004", "\b", "\u007f", "\u0015"];

/** Reads what is typed up to Enter. A terminal in raw mode leaves editing and interrupting to the program. */
function lineOf(terminal: ReadStream, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    let typed: string[] = [];
    const end = (settle: () => void): void => {
      terminal.removeListener("data", read);
      signal.removeEventListener("abort", abort);
      settle();
    };
    const cancel = (cause?: unknown): void =>
      end(() => reject(new CancelledError("the question was not answered", { cause })));
    const abort = (): void => cancel(signal.reason);
    const read = (text: string): void => {
      for (const character of text) {
        if (character === "\r" || character === "\n") return end(() => resolve(typed.join("")));
        if (character === interrupt || character === endOfInput) return cancel();
        if (character === killLine) typed = [];
        else if (character === backspace || character === erase) typed.pop();
        else typed.push(character);
      }
    };
    terminal.setEncoding("utf8");
    terminal.on("data", read);
    signal.addEventListener("abort", abort, { once: true });
    if (signal.aborted) abort();
  });
}
