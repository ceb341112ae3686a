import { access, constants } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Line } from "../cri/connect.ts";
import { ContainerState, type ContainerStatus } from "../cri/messages.ts";
import { HostError, NotFoundError } from "../errors.ts";
import type { CallOptions } from "../rpc/call-options.ts";

/** A container's log file on this machine. */
export interface ContainerLog {
  readonly containerId: string;
  readonly containerName: string;
  readonly path: string;
  /** Whether the container that writes it still runs, or has yet to. */
  readonly isOver: boolean;
}

/** Which of a container's logs. */
export interface ContainerLogOptions extends CallOptions {
  /** That of the attempt before, which a restart has left. */
  readonly previous?: boolean | undefined;
}

/**
 * Finds the log file of a container. CRI has no RPC that reads it: the runtime says where it is, and it is a file of the
 * runtime's machine.
 *
 * @throws {NotFoundError} when the container, or the attempt before it, is not there
 * @throws {HostError} when it has no log, or its file cannot be read here
 * @see CRI ContainerStatus.log_path
 */
export async function containerLog(
  line: Pick<Line, "runtime" | "endpoint">,
  containerId: string,
  { previous = false, ...options }: ContainerLogOptions = {},
): Promise<ContainerLog> {
  const { status } = await line.runtime.containerStatus({ containerId }, options);
  const { metadata, logPath, state } = status as ContainerStatus; // the client takes no answer without one
  const containerName = metadata?.name ?? containerId;
  if (logPath === "") {
    throw new HostError(`container ${containerName} has no log: it was created without a log_path`, {
      hint: "the pod's log_directory and the container's log_path have to be set when they are made",
    });
  }
  const path = previous ? previousPath(logPath, containerName) : logPath;
  await mustBeReadable(path, { endpoint: line.endpoint, containerName, previous });
  return { containerId, containerName, path, isOver: previous || isEnded(state) };
}

/**
 * Whether nobody writes a container's log any more: it has ended, or is gone.
 *
 * @throws {CrikitError} when the runtime cannot say
 */
export async function isLogOver(
  line: Pick<Line, "runtime">,
  containerId: string,
  options: CallOptions = {},
): Promise<boolean> {
  try {
    const { status } = await line.runtime.containerStatus({ containerId }, options);
    return isEnded(status?.state);
  } catch (error) {
    if (error instanceof NotFoundError) return true;
    throw error;
  }
}

function isEnded(state: ContainerState | undefined): boolean {
  return state === ContainerState.CONTAINER_EXITED;
}

/** kubelet names the log of attempt N `N.log`. */
function previousPath(path: string, containerName: string): string {
  const attempt = /^(\d+)\.log$/u.exec(basename(path))?.[1];
  if (attempt === undefined || attempt === "0") {
    throw new NotFoundError(`container ${containerName} has no attempt before this one: its log is ${path}`, {
      hint: "the log of attempt N is kept as N.log; only those after a restart have one before",
    });
  }
  return join(dirname(path), `${Number(attempt) - 1}.log`);
}

async function mustBeReadable(
  path: string,
  { endpoint, containerName, previous }: { endpoint: string; containerName: string; previous: boolean },
): Promise<void> {
  try {
    await access(path, constants.R_OK);
  } catch (error) {
    const errno = error instanceof Error && "code" in error ? String(error.code) : String(error);
    const hint =
      errno === "EACCES" || errno === "EPERM"
        ? "run it as a user who may read it, such as root"
        : endpoint.startsWith("unix:") && previous
          ? "the log of the attempt before is gone"
          : "logs are files of the runtime's own machine: run crikit there, outside of containers";
    throw new HostError(`cannot read the log of ${containerName}, ${path} (${errno})`, { cause: error, hint });
  }
}
