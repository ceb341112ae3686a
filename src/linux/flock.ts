import { spawn } from "node:child_process";
import { once } from "node:events";
import { CancelledError, HostError } from "../errors.ts";

/** How long to wait for a lock. */
export interface FlockOptions {
  readonly patienceSeconds: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Locks an open file or folder for this process alone, until it is closed; the kernel lets go of it when the process dies.
 * Node has no flock(2): flock(1) locks what it inherits, and the lock stays with our own descriptor when it ends.
 *
 * @returns false when somebody else held it all the time
 * @throws {HostError} without flock(1)
 * @throws {CancelledError} when `signal` aborts while waiting
 */
export async function flock(fd: number, { patienceSeconds, signal }: FlockOptions): Promise<boolean> {
  const child = spawn("flock", ["--exclusive", "--timeout", String(patienceSeconds), "3"], {
    stdio: ["ignore", "ignore", "ignore", fd],
    ...(signal === undefined ? {} : { signal }),
  });
  const [exitCode] = (await once(child, "close").catch((error: unknown) => {
    if (signal?.aborted === true) throw new CancelledError("waiting for a lock was cancelled", { cause: error });
    throw new HostError("cannot run flock", { cause: error, hint: "install it: apt-get install util-linux" });
  })) as [number | null];
  return exitCode === 0;
}
