import type { Line } from "../cri/connect.ts";
import { ContainerState, type Container, type PodSandbox } from "../cri/messages.ts";
import type { CallOptions } from "../rpc/call-options.ts";
import { listContainers } from "./list-containers.ts";
import { listPodSandboxes } from "./list-pod-sandboxes.ts";

/** Which leftovers. What is absent does not narrow. */
export interface LeftoverQuery {
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** Made before this point in time, nanoseconds since 1970. */
  readonly before?: bigint | undefined;
}

/** A pod sandbox that is not ready, and all that would go with it. */
export interface LeftoverPod {
  readonly pod: PodSandbox;
  readonly containers: readonly Container[];
}

/** The pod sandboxes that nobody needs, and those that only look so. */
export interface LeftoverPods {
  readonly unneeded: readonly LeftoverPod[];
  /** They are not ready, and yet something in them runs, or may: its process outlives the sandbox's own. */
  readonly alive: readonly LeftoverPod[];
}

/** The containers that have exited, newest first. @see CRI RuntimeService.ListContainers */
export async function leftoverContainers(
  line: Pick<Line, "image" | "runtime">,
  { labels, before }: LeftoverQuery = {},
  options: CallOptions = {},
): Promise<readonly Container[]> {
  const exited = await listContainers(line, { state: "exited", labels }, options);
  return exited.filter((container) => isOld(container, before));
}

/**
 * The pod sandboxes that are not ready, newest first. One that is old enough and has a younger container is not among them:
 * both would go.
 *
 * @see CRI RuntimeService.ListPodSandbox, RuntimeService.ListContainers
 */
export async function leftoverPods(
  { runtime }: Pick<Line, "runtime">,
  { labels, before }: LeftoverQuery = {},
  options: CallOptions = {},
): Promise<LeftoverPods> {
  const pods = await listPodSandboxes(runtime, { state: "notready", labels }, options);
  if (pods.length === 0) return { unneeded: [], alive: [] };
  const { containers } = await runtime.listContainers({}, options);
  const inPod = new Map<string, Container[]>(pods.map(({ id }) => [id, []]));
  for (const container of containers) inPod.get(container.podSandboxId)?.push(container);
  const found = pods
    .map((pod): LeftoverPod => ({ pod, containers: inPod.get(pod.id) ?? [] }))
    .filter((each) => isOld(each.pod, before) && each.containers.every((container) => isOld(container, before)));
  return { unneeded: found.filter((each) => !isAlive(each)), alive: found.filter(isAlive) };
}

function isOld({ createdAt }: Pick<Container, "createdAt">, before: bigint | undefined): boolean {
  return before === undefined || createdAt < before;
}

/** What the runtime has lost sight of may run as well. */
function isAlive({ containers }: LeftoverPod): boolean {
  return containers.some(
    ({ state }) => state === ContainerState.CONTAINER_RUNNING || state === ContainerState.CONTAINER_UNKNOWN,
  );
}
