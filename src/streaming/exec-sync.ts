import type { Line } from "../cri/connect.ts";
import type { CallOptions } from "../rpc/call-options.ts";

/** What a short command wrote, and how it ended. */
export interface ExecSyncResult {
  readonly exitCode: number;
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
}

/**
 * Runs a short command in a container and collects what it writes: one RPC, no streaming server. The runtime keeps the
 * output in memory and cuts it at 16 MiB. A non-zero exit code is an answer, not an error.
 *
 * @param options `timeoutMs` is the runtime's to keep, in whole seconds: it kills the command then
 * @throws {DeadlineExceededError} when the command took longer
 * @see CRI RuntimeService.ExecSync
 */
export async function execSync(
  line: Line,
  containerId: string,
  { command, timeoutMs = Infinity, signal }: CallOptions & { readonly command: readonly string[] },
): Promise<ExecSyncResult> {
  const timeout = timeoutMs === Infinity ? 0n : BigInt(Math.max(1, Math.ceil(timeoutMs / 1_000)));
  const { exitCode, stdout, stderr } = await line.runtime.execSync(
    { containerId, cmd: [...command], timeout },
    { signal },
  );
  return { exitCode, stdout, stderr };
}
