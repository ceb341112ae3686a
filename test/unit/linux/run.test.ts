import { expect, test } from "vitest";
import { CancelledError, HostError } from "../../../src/errors.ts";
import { run, runOrThrow } from "../../../src/linux/run.ts";

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

test("one that takes too long, or is given up, is killed and gone", async () => {
  await expect(run("sleep", ["60"], { timeoutMs: 50 })).rejects.toBeInstanceOf(HostError);
  await expect(run("sleep", ["60"], { signal: AbortSignal.timeout(50) })).rejects.toBeInstanceOf(CancelledError);
  await expect(run("sleep", ["60"], { signal: AbortSignal.abort() })).rejects.toBeInstanceOf(CancelledError);
});
