import { bounded } from "../bounded.ts";
import { CancelledError, DeadlineExceededError, UsageError } from "../errors.ts";
import type { Found } from "../inventory/match-words.ts";
import type { Streams } from "../streaming/converse.ts";
import type { ExecOptions } from "../streaming/exec.ts";
import type { StreamingOptions } from "../streaming/open.ts";
import type { Context, RuntimeLine } from "./context.ts";
import { execThrough, type ExecThroughOptions } from "./exec-through.ts";
import { onTerminal } from "./on-terminal.ts";
import type { Passage } from "./outcome.ts";
import { type ByteSink, prefixed } from "./prefixed.ts";
import { streamingOptions, type StreamingWords } from "./streaming-words.ts";
import { shortId } from "./views/human.ts";
import { printable } from "./views/printable.ts";
import { writableTo } from "./writable.ts";

/** What is run, and how. */
export interface PassExecOptions extends StreamingWords, ExecThroughOptions {
  readonly command: readonly string[];
  /** Whether flags chose the containers: then it may be several, and it is said whose output comes. */
  readonly isSelected: boolean;
  readonly stdin?: boolean | undefined;
  readonly interactive?: boolean | undefined;
  readonly tty?: boolean | undefined;
  readonly sync?: boolean | undefined;
  readonly timeout?: number | undefined;
  readonly detachKeys?: string | undefined;
  readonly quiet?: boolean | undefined;
  readonly ignoreErrors?: boolean | undefined;
  readonly x?: boolean | undefined;
  readonly parallel?: number | undefined;
}

/** What all of it needs. */
interface Surroundings {
  readonly context: Context;
  readonly line: RuntimeLine;
}

/** Runs a program in containers and passes its streams. The exit status is its own; of several, the first that is not 0. */
export async function passExec(
  targets: readonly Found[],
  options: PassExecOptions,
  surroundings: Surroundings,
): Promise<Passage> {
  const wishes = wishesOf(targets, options, surroundings.context);
  const streaming = await streamingOptions(options, surroundings.line);
  const run = (target: Found, out: Outputs): Promise<number> =>
    runOne(target, { ...options, ...wishes, streaming }, { ...surroundings, out });
  const [only, ...others] = targets;
  if (only !== undefined && others.length === 0) {
    return { pass: (out) => run(only, out) };
  }
  return runMany(targets, { ...options, run });
}

/** Where the two outputs of a program go. */
interface Outputs {
  readonly stdout: ByteSink;
  readonly stderr: ByteSink;
}

/** Refuses what does not go together, before anything runs. */
function wishesOf(
  targets: readonly Found[],
  { tty = false, sync = false, interactive = false, stdin = interactive, ...options }: PassExecOptions,
  context: Context,
): { readonly tty: boolean; readonly stdin: boolean; readonly sync: boolean } {
  if (sync && (tty || stdin)) throw new UsageError("-s has neither input nor a terminal: leave out -i and -t");
  if (targets.length > 1 && (tty || stdin)) {
    throw new UsageError(`input and a terminal are for one container, and these flags choose ${targets.length}`);
  }
  if (tty && stdin && context.keyboard() === undefined) {
    throw new UsageError("standard input is not a terminal: leave out -t", {
      hint: "-i alone passes on what is piped into it",
    });
  }
  if (options.parallel === 0) throw new UsageError("--parallel 0 would never run anything");
  return { tty, stdin, sync };
}

interface OneOptions extends Omit<PassExecOptions, "stdin" | "tty" | "sync"> {
  readonly stdin: boolean;
  readonly tty: boolean;
  readonly sync: boolean;
  readonly streaming: StreamingOptions;
}

async function runOne(
  target: Found,
  options: OneOptions,
  { context, line, out }: Surroundings & { readonly out: Outputs },
): Promise<number> {
  const program = await execThrough(target, options, { context, line });
  const { streaming, sync, tty, stdin, timeout = Infinity } = options;
  if (sync) {
    if (program.kind === "enter") throw new UsageError("-s is the runtime's, and this --user is not: leave one out");
    return runSync(target, program.command, { timeout, line, out });
  }
  const limit = timeout === Infinity ? undefined : AbortSignal.timeout(timeout);
  const signal = limit === undefined ? context.signal : AbortSignal.any([context.signal, limit]);
  const streams = {
    stdin: stdin ? context.stdin() : undefined,
    stdout: writableTo(out.stdout),
    stderr: writableTo(out.stderr),
  };
  const startedAtMs = performance.now();
  try {
    if (program.kind === "enter") {
      const { enter } = await import("../linux/enter.ts");
      return await enter(program, { streams: tty ? undefined : streams, signal });
    }
    return await passStreams(
      target,
      program.command,
      { ...options, streams, streaming: { ...streaming, signal } },
      { context, line, out },
    );
  } catch (error) {
    if (!(error instanceof CancelledError)) throw error;
    if (program.kind === "exec") await abandon(target, { ...program, startedAtMs }, { context });
    if (limit?.aborted !== true || context.signal.aborted) throw error;
    throw new DeadlineExceededError(`the program did not end within ${timeout / 1_000} seconds`, {
      cause: error,
      hint: "with -s the runtime kills what takes too long",
    });
  }
}

/** What nobody waits for any more shall not go on, as far as that is in our hands. */
async function abandon(
  target: Found,
  { command, startedAtMs }: { readonly command: readonly string[]; readonly startedAtMs: number },
  { context }: Pick<Surroundings, "context">,
): Promise<void> {
  const { killExec } = await import("../linux/kill-exec.ts");
  const isGone = await killExec({ containerId: target.id, command, ageMs: performance.now() - startedAtMs });
  if (!isGone) context.note(`what ran in ${nameOf(target)} may go on there: CRI has no way to kill it`);
}

interface PassStreamsOptions extends OneOptions {
  readonly streams: Streams;
}

async function passStreams(
  { id }: Found,
  command: readonly string[],
  { stdin, tty, detachKeys = "", streams, streaming }: PassStreamsOptions,
  { context, line, out }: Surroundings & { readonly out: Outputs },
): Promise<number> {
  const [{ exec }, { parseDetachKeys }] = await Promise.all([
    import("../streaming/exec.ts"),
    import("../streaming/detach-keys.ts"),
  ]);
  const whole: ExecOptions = { ...streaming, ...streams, command, tty, detachKeys: parseDetachKeys(detachKeys) };
  const ended = tty
    ? await onTerminal({ typing: stdin, screen: out.stdout }, context, (resize) => exec(line, id, { ...whole, resize }))
    : await exec(line, id, whole);
  if ("exitCode" in ended) return ended.exitCode;
  context.note("detached: the program goes on");
  return 0;
}

async function runSync(
  { id }: Found,
  command: readonly string[],
  { timeout, line, out }: { readonly timeout: number; readonly line: RuntimeLine; readonly out: Outputs },
): Promise<number> {
  const { execSync } = await import("../streaming/exec-sync.ts");
  const ended = await execSync(line, id, { command, timeoutMs: timeout, signal: line.call.signal });
  out.stdout.write(ended.stdout);
  out.stderr.write(ended.stderr);
  await Promise.all([out.stdout.drained(), out.stderr.drained()]);
  return ended.exitCode;
}

function nameOf({ id, name }: Found): string {
  return name ?? shortId(id);
}

/** In several: one after the other with a line that says whose output comes, or at once with their names in front. */
function runMany(
  targets: readonly Found[],
  options: PassExecOptions & { readonly run: (target: Found, out: Outputs) => Promise<number> },
): Passage {
  const { run, quiet = false, ignoreErrors = false, x = false, parallel = x ? targets.length : 1 } = options;
  const failures: unknown[] = [];
  const codes = new Map<Found, number>();
  const isOver = (): boolean =>
    !ignoreErrors && (failures.length > 0 || [...codes.values()].some((code) => code !== 0));
  const attempt = async (target: Found, out: Outputs): Promise<void> => {
    try {
      codes.set(target, await run(target, out));
    } catch (error) {
      failures.push(error);
    }
  };
  const pass = async (out: Outputs): Promise<number> => {
    await bounded(targets, parallel, async (target) => {
      if (isOver()) return;
      if (parallel > 1 && !quiet) {
        const head = `${printable(nameOf(target))} | `;
        const [stdout, stderr] = [prefixed(out.stdout, head), prefixed(out.stderr, head)];
        await attempt(target, { stdout, stderr });
        stdout.end();
        stderr.end();
        return;
      }
      if (!quiet) out.stdout.write(`${target.id}:\n`);
      await attempt(target, out);
    });
    return targets.map((target) => codes.get(target) ?? 0).find((code) => code !== 0) ?? 0;
  };
  return { pass, failures: () => failures };
}
