import type { Line } from "../cri/connect.ts";
import { ContainerState, type ContainerStatus } from "../cri/messages.ts";
import { HostError } from "../errors.ts";
import { removeLog } from "../logs/remove-log.ts";
import type { CallOptions } from "../rpc/call-options.ts";
import { onceSettled } from "./once-settled.ts";
import { unlessGone } from "./unless-gone.ts";

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
 * @throws {NotFoundError} when it is gone before the first look; afterwards that is what was wanted
 * @throws {HostError} when it runs and is not to be killed, which leaves it alone; or when a log could not be removed
 * @see CRI RuntimeService.ContainerStatus, StopContainer, RemoveContainer
 */
export async function removeContainer(
  line: Pick<Line, "runtime" | "endpoint">,
  containerId: string,
  { force = false, keepLogs = false, ...options }: RemoveContainerOptions = {},
): Promise<readonly string[]> {
  const { runtime, endpoint } = line;
  let seen: ContainerStatus | undefined;
  await onceSettled(async () => {
    // Looked at before each try: what was starting may run by now, and RemoveContainer would kill it.
    const look = runtime.containerStatus({ containerId }, options);
    const answer = seen === undefined ? await look : await unlessGone(look);
    if (answer?.status === undefined) return;
    seen = answer.status;
    const { state, metadata } = answer.status;
    if (state === ContainerState.CONTAINER_RUNNING) {
      if (!force) throw stillRuns(metadata?.name, containerId);
      await unlessGone(runtime.stopContainer({ containerId, timeout: 0n }, options));
    }
    await unlessGone(runtime.removeContainer({ containerId }, options));
  });
  const logPath = seen?.logPath ?? "";
  return keepLogs || logPath === "" || !endpoint.startsWith("unix:") ? [] : removeLogOf(containerId, logPath);
}

/** Why a container that runs was left alone. */
export function stillRuns(name: string | undefined, id: string): HostError {
  return new HostError(`container ${name ?? ""} (${id}) still runs, and was not removed`, {
    hint: `stop it first, or kill and remove it: crikit rm -f ${id.slice(0, 13)}`,
  });
}

async function removeLogOf(containerId: string, path: string): Promise<readonly string[]> {
  try {
    return await removeLog(path);
  } catch (error) {
    const isOurs = error instanceof HostError;
    const why = isOurs ? error.message : error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new HostError(`container ${containerId} is removed, its log ${path} is not (${why})`, {
      cause: error,
      hint: "look at it, and remove it by hand if it is not needed",
    });
  }
}
