import { bounded } from "../bounded.ts";
import type { Line } from "../cri/connect.ts";
import { type Container, ContainerState, type PodSandbox, PodSandboxState } from "../cri/messages.ts";
import { HostError, NotFoundError } from "../errors.ts";
import { namespaceOf } from "../linux/namespace.ts";
import { pinnedNamespace } from "../linux/nsfs.ts";
import type { CallOptions } from "../rpc/call-options.ts";
import { containerDetails, podSandboxDetails, type PodSandboxDetails } from "../sandbox/details.ts";

/** Where something runs, as far as the runtime says it. */
export interface Place {
  /** Its first process, as the runtime's machine sees it. */
  readonly pid?: number | undefined;
  readonly ips?: readonly string[] | undefined;
  /** Its network namespace as the kernel writes it, `net:[4026531840]`; the path of its pin where that is not to be read. */
  readonly netns?: string | undefined;
}

/** How many statuses are asked for at once. */
const concurrency = 16;

/**
 * Where each pod sandbox is: process, addresses, network namespace. CRI's lists have none of that, so it takes a status
 * each.
 *
 * @see CRI RuntimeService.PodSandboxStatus
 */
export async function placesOfPods(
  line: Line,
  pods: readonly PodSandbox[],
  options: CallOptions = {},
): Promise<readonly Place[]> {
  return bounded(pods, concurrency, async ({ id, state }) =>
    state === PodSandboxState.SANDBOX_READY ? placeOfPod(await gone(podSandboxDetails(line, id, options))) : {},
  );
}

/**
 * Where each container is: its own process, and the addresses and the network namespace of its pod.
 *
 * @see CRI RuntimeService.ContainerStatus and PodSandboxStatus
 */
export async function placesOfContainers(
  line: Line,
  containers: readonly Container[],
  options: CallOptions = {},
): Promise<readonly Place[]> {
  const running = containers.filter(({ state }) => state === ContainerState.CONTAINER_RUNNING);
  const podIds = [...new Set(running.map(({ podSandboxId }) => podSandboxId))];
  const [pods, pids] = await Promise.all([
    bounded(podIds, concurrency, async (id) => placeOfPod(await gone(podSandboxDetails(line, id, options)))),
    bounded(running, concurrency, async ({ id }) => (await gone(containerDetails(line, id, options)))?.verbose.pid),
  ]);
  const podPlaces = new Map(podIds.map((id, at) => [id, pods[at]]));
  const pidOf = new Map(running.map(({ id }, at) => [id, pids[at]]));
  return containers.map(({ id, podSandboxId }) =>
    pidOf.has(id) ? { ...podPlaces.get(podSandboxId), pid: pidOf.get(id) } : {},
  );
}

async function placeOfPod(details: PodSandboxDetails | undefined): Promise<Place> {
  if (details === undefined) return {};
  const { status, verbose } = details;
  const { ip = "", additionalIps = [] } = status.network ?? {};
  const ips = [ip, ...additionalIps.map((additional) => additional.ip)].filter((address) => address !== "");
  return { pid: verbose.pid, ips, netns: await netnsOf(verbose) };
}

async function netnsOf({ netnsPath, pid }: PodSandboxDetails["verbose"]): Promise<string | undefined> {
  try {
    if (netnsPath !== undefined) return `net:[${(await pinnedNamespace(netnsPath)).ino}]`;
    if (pid !== undefined) return `net:[${(await namespaceOf(pid, "net")).ino}]`;
  } catch (error) {
    // Another machine's, or not ours to look at: an errno of the kernel or a HostError. The path is still worth showing.
    if (!(error instanceof HostError) && !(error instanceof Error && "code" in error)) throw error;
  }
  return netnsPath;
}

/** `undefined` for what was removed since it was listed. */
async function gone<Details>(look: Promise<Details>): Promise<Details | undefined> {
  try {
    return await look;
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}
