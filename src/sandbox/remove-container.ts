import type { Line } from "../cri/connect.ts";
import { ContainerState } from "../cri/messages.ts";
import { HostError } from "../errors.ts";
import { removeLog } from "../logs/remove-log.ts";
import type { CallOptions } from "../rpc/call-options.ts";

/** How a container is removed. */
export interface RemoveContainerOptions extends CallOptions {
  /** Kills it when it runs. */
  readonly force?: boolean | undefined;
  /** Leaves its log file and what that was rotated into. */
  readonly keepLogs?: boolean | undefined;
}

/**
 * Removes a container, and its logs where they are files of this machine: no runtime does that.
 *
 * @returns the log files that were removed
 * @throws {NotFoundError} when it is gone
 * @throws {HostError} when it runs and is not to be killed, which leaves it alone; or when a log could not be removed
 * @see CRI RuntimeService.ContainerStatus, StopContainer, RemoveContainer
 */
export async function removeContainer(
  line: Pick<Line, "runtime" | "endpoint">,
  containerId: string,
  { force = false, keepLogs = false, ...options }: RemoveContainerOptions = {},
): Promise<readonly string[]> {
  const { runtime, endpoint } = line;
  const { status } = await runtime.containerStatus({ containerId }, options);
  if (status?.state === ContainerState.CONTAINER_RUNNING) {
    if (!force) throw stillRuns(status.metadata?.name ?? "", containerId);
    await runtime.stopContainer({ containerId, timeout: 0n }, options);
  }
  await runtime.removeContainer({ containerId }, options);
  const logPath = status?.logPath ?? "";
  return keepLogs || logPath === "" || !endpoint.startsWith("unix:") ? [] : removeLogOf(containerId, logPath);
}

function stillRuns(name: string, id: string): HostError {
  return new HostError(`container ${name} (${id}) still runs, and was not removed`, {
    hint: `stop it first, or kill and remove it: crikit rm -f ${id.slice(0, 13)}`,
  });
}

async function removeLogOf(containerId: string, path: string): Promise<readonly string[]> {
  try {
    return await removeLog(path);
  } catch (error) {
    const errno = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new HostError(`container ${containerId} is removed, its log ${path} is not (${errno})`, { cause: error });
  }
}
