import { accessSync } from "node:fs";
import type { Line } from "../cri/connect.ts";
import type { CrictlConfig } from "../cri/crictl-config.ts";
import { UsageError } from "../errors.ts";
import type { CallRecord } from "../rpc/call.ts";
import type { CallOptions } from "../rpc/call-options.ts";
import type { GlobalFlags, Output } from "./global-flags.ts";
import type { Io } from "./io.ts";
import type { Format } from "./outcome.ts";
import { callTrace } from "./views/call-trace.ts";
import { printable } from "./views/printable.ts";
import { createProgress, type Audience, type Progress } from "./views/progress.ts";

/** A connection to the runtime that the flags, the environment or the configuration file name. */
export interface RuntimeLine extends Line {
  /** For every call on it: the command's signal, and the deadline of `--timeout` if there is one. */
  readonly call: CallOptions;
}

/** What a command may use beside its words. It has no way to print: that is what outcomes are for. */
export interface Context extends Pick<Io, "env" | "invokedAs" | "keyboard" | "signal" | "stdin"> {
  readonly flags: GlobalFlags;
  /** What `-o` says, for a command that has to ask more of the runtime for one format than for another. */
  readonly format: Format;
  /** The columns of `-o custom-columns=`. */
  readonly customColumns: string | undefined;
  /** The crictl.yaml that is in force, whether there is one or not. */
  readonly configPath: string;
  /** What crictl.yaml says; nothing where there is no such file. @throws {UsageError} when it is wrong */
  readonly settings: () => Promise<CrictlConfig>;
  /** Whether a person watches the output live. */
  readonly isTty: boolean;
  /** Says what is being done, for whoever waits. */
  readonly say: (step: string) => void;
  /** Who hears it. */
  readonly audience: Audience;
  /** Tells something that should be known whatever comes of the command, as a line on stderr. */
  readonly note: (sentence: string) => void;
  /** To be told of every call, where a command makes a connection of its own. Absent without `--debug`. */
  readonly onCall: ((record: CallRecord) => void) | undefined;
  /**
   * The connection to the runtime; the same one however often it is asked for. It is closed when the command has ended
   * and everything is printed, so what flows may use it to its end.
   *
   * @throws {UsageError} when an endpoint or the configuration file makes no sense
   * @throws {UnreachableError} when the runtime had to be looked for and none was found
   */
  readonly connect: () => Promise<RuntimeLine>;
}

/** What a context is made of. */
export interface ContextParts {
  readonly io: Io;
  readonly flags: GlobalFlags;
  readonly output: Output;
  readonly progress: Progress;
}

/** Makes the context of one command. Nothing is opened before the command asks for it. */
export function createContext({ io, flags, output, progress }: ContextParts): Context & AsyncDisposable {
  let line: Promise<RuntimeLine> | undefined;
  let settings: Promise<CrictlConfig> | undefined;
  const onCall = flags.debug === true ? tracer(io, progress) : undefined;
  return {
    env: io.env,
    invokedAs: io.invokedAs,
    signal: io.signal,
    stdin: () => io.stdin(),
    keyboard: () => io.keyboard(),
    flags,
    format: output.format,
    customColumns: output.format === "custom-columns" ? output.argument : undefined,
    configPath: namedConfig(io, flags) ?? defaultConfigPath,
    settings: () => (settings ??= readSettings(io, flags)),
    isTty: io.stdout.isTty,
    say: (step) => progress.say(step),
    audience: progress.audience,
    note: (sentence) => {
      progress.clear();
      io.stderr.write(`note: ${printable(sentence)}\n`);
    },
    onCall,
    connect: () => (line ??= open(io, flags, onCall)),
    async [Symbol.asyncDispose]() {
      await line?.then(
        (opened) => opened.close(),
        () => undefined, // it has been told already
      );
    },
  };
}

type OnCall = Context["onCall"];

/** Prints each call as it ends. */
function tracer(io: Io, progress: Progress): OnCall {
  return (record) => {
    progress.clear();
    io.stderr.write(callTrace(record));
  };
}

async function open(io: Io, flags: GlobalFlags, onCall: OnCall): Promise<RuntimeLine> {
  const configPath = namedConfig(io, flags);
  if (configPath !== undefined) mustExist(configPath);
  const settings = await settingsFor(io, flags);
  const leastMs = (settings.timeoutSeconds ?? 0) * 1_000;
  await waitForSocket(io, flags, settings);
  const { dial } = await import("../cri/connect.ts");
  const line = await dial(flags.runtimeEndpoint, {
    imageEndpoint: flags.imageEndpoint,
    env: io.env,
    configPath,
    signal: io.signal,
    connectTimeoutMs: Math.min(flags.timeout ?? Infinity, Math.max(connectTimeoutMs, leastMs)),
    // What the file says gives a slow runtime more time. It never takes any away: crictl's own 2 seconds end what was
    // merely under way, and leave it behind.
    leastTimeoutMs: leastMs,
    onCall: onCall ?? (settings.debug === true ? tracer(io, createProgress(io.stderr, { plain: true })) : undefined),
  });
  return { ...line, call: { signal: io.signal, timeoutMs: flags.timeout } };
}

/** crictl knocks four times in all at a socket that somebody named, and so does what is called by its name. */
async function waitForSocket(io: Io, flags: GlobalFlags, settings: CrictlConfig): Promise<void> {
  const named = [flags.runtimeEndpoint, io.env["CONTAINER_RUNTIME_ENDPOINT"], settings.runtimeEndpoint];
  const endpoint = named.find((text) => text !== undefined && text !== "");
  const retries = flags.maxRetries ?? settings.maxRetries ?? (io.invokedAs === "crictl" ? 3 : 0);
  if (endpoint === undefined || retries === 0) return;
  const { waitForEndpoint } = await import("../rpc/wait-for-endpoint.ts");
  await waitForEndpoint(endpoint, retries, io.signal);
}

/** With the endpoint named, a default file that is not ours to read is nobody's business. */
async function settingsFor(io: Io, flags: GlobalFlags): Promise<CrictlConfig> {
  const isNamed = (flags.runtimeEndpoint ?? io.env["CONTAINER_RUNTIME_ENDPOINT"] ?? "") !== "";
  try {
    return await readSettings(io, flags);
  } catch (error) {
    if (isNamed && namedConfig(io, flags) === undefined && error instanceof UsageError) return {};
    throw error;
  }
}

async function readSettings(io: Io, flags: GlobalFlags): Promise<CrictlConfig> {
  const { readCrictlConfig } = await import("../cri/crictl-config.ts");
  return (await readCrictlConfig(namedConfig(io, flags) ?? defaultConfigPath)) ?? {};
}

/** Where crictl keeps it. */
const defaultConfigPath = "/etc/crictl.yaml";

/** The configuration file that somebody named. */
function namedConfig(io: Io, flags: GlobalFlags): string | undefined {
  const path = flags.config ?? io.env["CRI_CONFIG_FILE"];
  return path === undefined || path === "" ? undefined : path;
}

/** Longest wait for a socket that accepts and says nothing: the client's own default. */
const connectTimeoutMs = 5_000;

/** A default file may be absent; one that somebody named may not. */
function mustExist(path: string): void {
  try {
    accessSync(path);
  } catch (error) {
    throw new UsageError(`cannot read the configuration file ${path}`, {
      cause: error,
      hint: "--config and CRI_CONFIG_FILE name a file that has to exist",
    });
  }
}
