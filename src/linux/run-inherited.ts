import { spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";
import { HostError } from "../errors.ts";

/**
 * Runs a program of this machine on this process's own streams and terminal, to its end.
 *
 * @param signal when it aborts the program is asked to end with SIGTERM, and waited for
 * @returns its exit code; 128 and the signal's number when one ended it
 * @throws {HostError} when it cannot be run
 */
export async function runInherited(program: string, args: readonly string[], signal?: AbortSignal): Promise<number> {
  const child = spawn(program, args, { stdio: "inherit" });
  const end = (): void => void child.kill("SIGTERM");
  signal?.addEventListener("abort", end, { once: true });
  if (signal?.aborted === true) end();
  try {
    const [code, by] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
    return code ?? 128 + (by === null ? 0 : constants.signals[by]);
  } catch (error) {
    throw new HostError(`cannot run ${program}`, { cause: error, hint: `is ${program} installed?` });
  } finally {
    signal?.removeEventListener("abort", end);
  }
}
