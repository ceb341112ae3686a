import { getEventListeners } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { CancelledError, HostError } from "../../../src/errors.ts";
import { run, runOrThrow } from "../../../src/linux/run.ts";

/** A file that a program writes its pid to. */
function noteOfPid(): { readonly path: string; readonly pid: () => number } & Disposable {
  const folder = mkdtempSync(join(tmpdir(), "crikit-run-"));
  const path = join(folder, "pid");
  return {
    path,
    pid: () => Number(readFileSync(path, "utf8")),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  };
}

test("a program's output and exit code come back; a failing one is an answer", async () => {
  expect(await run("sh", ["-c", "cat; echo out; echo err >&2; exit 3"], { input: "in " })).toEqual({
    exitCode: 3,
    stdout: "in out\n",
    stderr: "err\n",
  });
});

test("arguments are never a shell's", async () => {
  expect((await run("echo", ["$HOME; `id`", "*"])).stdout).toBe("$HOME; `id` *\n");
});

test("a program that is not there is said", async () => {
  await expect(run("no-such-program", [])).rejects.toThrow("there is no program 'no-such-program'");
  await expect(run("no-such-program", [])).rejects.toBeInstanceOf(HostError);
});

test("a program that has to succeed tells its last words when it does not", async () => {
  await expect(runOrThrow("sh", ["-c", "echo first >&2; echo last >&2; exit 1"])).rejects.toThrow(
    /exit code 1\): last$/u,
  );
});

test.each([
  ["KILL", 137],
  ["TERM", 143],
  ["SEGV", 139],
])("a program that SIG%s ended has the exit code %i, as a shell says it", async (signal, exitCode) => {
  expect(await run("sh", ["-c", `kill -${signal} $$`])).toMatchObject({ exitCode });
});

test("a program that is given more than it reads is not waited for", async () => {
  expect(await run("true", [], { input: "x".repeat(1_000_000) })).toMatchObject({ exitCode: 0 });
});

test("one that takes too long, or is given up, is killed and gone", async () => {
  using note = noteOfPid();
  const endless = ["-c", `echo $$ > ${note.path}; exec sleep 60`];
  await expect(run("sh", endless, { timeoutMs: 300 })).rejects.toBeInstanceOf(HostError);
  expect(existsSync(`/proc/${note.pid()}`)).toBe(false);
  await expect(run("sh", endless, { signal: AbortSignal.timeout(300) })).rejects.toBeInstanceOf(CancelledError);
  expect(existsSync(`/proc/${note.pid()}`)).toBe(false);
  await expect(run("sh", endless, { signal: AbortSignal.abort() })).rejects.toBeInstanceOf(CancelledError);
});

test("a process that a program leaves behind, with its output in hand, is not waited for past the limit", async () => {
  using note = noteOfPid();
  const leaves = ["-c", `sleep 60 & echo $! > ${note.path}`];
  await expect(run("sh", leaves, { timeoutMs: 300 })).rejects.toBeInstanceOf(HostError);
  process.kill(note.pid());
});

test("no limit is no limit, and neither is one that is longer than a timer goes", async () => {
  for (const timeoutMs of [Infinity, 2 ** 40, 1_500.5]) {
    expect(await run("sh", ["-c", "sleep 0.05; echo done"], { timeoutMs })).toMatchObject({ stdout: "done\n" });
  }
});

test("a signal that many programs ran with has no listener left", async () => {
  const { signal } = new AbortController();
  for (let at = 0; at < 3; at++) await run("true", [], { signal });
  expect(getEventListeners(signal, "abort")).toEqual([]);
});
