import { CancelledError, ConnectionLostError, type CrikitError, MalformedAnswerError } from "../errors.ts";
import { type Conversation, converse, type Streams } from "./converse.ts";
import { failureOf, type LastWord, parseLastWord } from "./last-word.ts";
import type { StreamingOptions } from "./open.ts";
import type { Channel, Purpose, Session } from "./session.ts";

/** A purpose that is a process. */
export type CommandPurpose = Extract<Purpose, { kind: "command" }>;

/** Which of the streams to ask the runtime for. It wants at least one. */
export function purposeOf({ stdin, stdout, stderr }: Streams, tty: boolean): CommandPurpose {
  const hasStderr = stderr !== undefined && !tty;
  const hasStdin = stdin !== undefined;
  return {
    kind: "command",
    stdin: hasStdin,
    stdout: stdout !== undefined || !(hasStdin || hasStderr),
    stderr: hasStderr,
    tty,
  };
}

/**
 * Carries the streams of an open session to their end.
 *
 * @throws {ConnectionLostError} when the server did not say how the process ended
 * @throws {RuntimeFailedError} {NotFoundError} when it could not be run
 */
export async function carry(
  session: Session,
  options: StreamingOptions & Streams,
  { purpose, ...where }: { readonly rpc: string; readonly endpoint: string; readonly purpose: CommandPurpose },
): Promise<{ readonly exitCode: number } | "detached"> {
  const { rpc, endpoint } = where;
  const channels: readonly Channel[] = [
    "error",
    ...(purpose.stdout ? (["stdout"] as const) : []),
    ...(purpose.stderr ? (["stderr"] as const) : []),
  ];
  let told: Conversation;
  let word: LastWord | undefined;
  try {
    told = await converse(session, options, { signal: options.signal, channels });
    if (told.isDetached) return "detached";
    word = lastWordOf(told, session.protocol);
  } catch (error) {
    session.close();
    throw placed(error, where);
  }
  if (word === undefined) {
    const what = told.lost?.message ?? "the streaming server closed without saying how the process ended";
    throw new ConnectionLostError(`${rpc} on ${endpoint}: ${what}`, {
      ...where,
      cause: told.lost,
      hint: "the process may still be running",
    });
  }
  if (word.kind === "failed") throw failureOf(word, where);
  return { exitCode: word.exitCode };
}

/** What happened on the way knows nothing of where it was on its way to. */
function placed(error: unknown, where: { readonly rpc: string; readonly endpoint: string }): unknown {
  const Kind = [CancelledError, ConnectionLostError, MalformedAnswerError].find((kind) => error instanceof kind);
  if (Kind === undefined) return error;
  const { message, hint, cause } = error as CrikitError;
  return new Kind(`${where.rpc} on ${where.endpoint}: ${message}`, { ...where, hint, cause });
}

/** Nothing where it may not have come whole. */
function lastWordOf({ lastWord, isWhole, lost }: Conversation, protocol: string): LastWord | undefined {
  if (!isWhole && lastWord === "") return undefined;
  try {
    return parseLastWord(lastWord, protocol);
  } catch (error) {
    if (lost !== undefined) return undefined; // it was cut short
    throw error;
  }
}
