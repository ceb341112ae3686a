import type { Io, Sink } from "../../../src/cli/io.ts";

/** A sink that keeps what was written. */
export interface FakeSink extends Sink {
  readonly text: () => string;
}

/** An Io without a process behind it. */
export interface FakeIo extends Io {
  readonly stdout: FakeSink;
  readonly stderr: FakeSink;
}

export function fakeSink(
  options: {
    readonly isTty?: boolean;
    readonly color?: boolean;
    readonly width?: number;
    readonly height?: number;
  } = {},
): FakeSink {
  const written: string[] = [];
  const { isTty = false, color = false, width = isTty ? 80 : Infinity, height } = options;
  return {
    write: (text) => written.push(typeof text === "string" ? text : Buffer.from(text).toString()),
    drained: async () => undefined,
    isTty,
    terminal: () => ({ width, height, color, now: new Date() }),
    text: () => written.join(""),
  };
}

export function fakeIo(
  parts: Partial<Pick<Io, "env" | "invokedAs" | "signal">> & { stderr?: FakeSink; stdout?: FakeSink } = {},
): FakeIo {
  return {
    invokedAs: "crikit",
    stdout: fakeSink(),
    stderr: fakeSink(),
    stdin: async function* () {},
    keyboard: () => undefined,
    signal: new AbortController().signal,
    ...parts,
    // Not what /etc/crictl.yaml of this machine says.
    env: { CRI_CONFIG_FILE: "/dev/null", ...parts.env },
  };
}
