import { writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { RuntimeLine } from "../../../src/cli/context.ts";
import type { Passage } from "../../../src/cli/outcome.ts";
import { passLogs } from "../../../src/cli/pass-logs.ts";
import { CancelledError } from "../../../src/errors.ts";
import { fakeSink } from "./fake-io.ts";
import { path } from "../logs/log-place.ts";

const lines = (count: number): string =>
  Array.from({ length: count }, (_, at) => `2026-11-23T15:04:05.123456789Z stdout F line ${at}\n`).join("");

/** Passes the log on until the runtime is asked whether it is over, or until something is written. */
function passing(follow: boolean, { until }: { readonly until: "asked" | "written" }): Promise<number> {
  const interrupt = new AbortController();
  const { signal } = interrupt;
  const stop = (): void => interrupt.abort(new CancelledError("SIGINT"));
  const runtime = {
    containerStatus: async () => {
      stop();
      throw new CancelledError("ContainerStatus was cancelled");
    },
  };
  const line = { runtime, call: { signal } } as unknown as RuntimeLine;
  const logs = [{ containerId: "id", containerName: "app", path, isOver: false }];
  const passage: Passage = passLogs(logs, { follow, isPod: false }, { context: { format: "text", signal }, line });
  const stdout = fakeSink();
  const out = until === "written" ? { ...stdout, write: stop } : stdout;
  return passage.pass({ stdout: out, stderr: fakeSink() });
}

test("logs that are followed end well by an interrupt, also while the runtime is asked whether they are over", async () => {
  writeFileSync(path, lines(1));
  expect(await passing(true, { until: "written" })).toBe(0);
  expect(await passing(true, { until: "asked" })).toBe(0);
});

test("logs that are not followed are not whole when they are interrupted", async () => {
  writeFileSync(path, lines(100_000));
  await expect(passing(false, { until: "written" })).rejects.toBeInstanceOf(CancelledError);
});
