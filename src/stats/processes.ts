import { type Container, ContainerState, containerStateToJSON } from "../cri/messages.ts";
import { HostError, NotFoundError } from "../errors.ts";
import { containerProcesses, type ContainerProcess } from "../linux/container-processes.ts";

/** A process, and the container that it is in. */
export interface ProcessOfContainer extends ContainerProcess {
  readonly container: Pick<Container, "id" | "metadata">;
}

/** The processes that were found, and why there are none of some containers. */
export interface FoundProcesses {
  readonly processes: readonly ProcessOfContainer[];
  readonly failures: readonly unknown[];
}

/**
 * The processes of containers, as the kernel of this machine shows them: CRI has no list of them.
 *
 * @param endpoint where the runtime is reached
 * @throws {HostError} when that is another machine
 */
export async function processesOf(containers: readonly Container[], endpoint: string): Promise<FoundProcesses> {
  if (!endpoint.startsWith("unix:")) {
    throw new HostError(`processes can only be seen on the runtime's own machine, and ${endpoint} may be another one`, {
      hint: "run crikit there, on the runtime's unix socket",
    });
  }
  const found = await containerProcesses(containers.map(({ id }) => id));
  const processes = containers.flatMap((container) =>
    (found.get(container.id) ?? []).map((one) => ({ ...one, container })),
  );
  const without = containers.filter(({ id }) => (found.get(id) ?? []).length === 0);
  return { processes, failures: without.map(whyNone) };
}

function whyNone({ id, metadata, state }: Container): NotFoundError | HostError {
  const who = `container ${metadata?.name ?? ""} (${id.slice(0, 13)})`;
  if (state !== ContainerState.CONTAINER_RUNNING) {
    const word = containerStateToJSON(state).replace("CONTAINER_", "").toLowerCase();
    return new NotFoundError(`${who} has no processes: its state is ${word}`);
  }
  return new HostError(`none of the processes that this machine shows belongs to ${who}`, {
    hint: "crikit has to run on the runtime's own machine and in its pid namespace; a virtual machine's processes are not to be seen from outside",
  });
}
