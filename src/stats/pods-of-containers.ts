import type { ContainerStats } from "../cri/messages.ts";
import type { RuntimeService } from "../cri/services.ts";
import type { CallOptions } from "../rpc/call-options.ts";
import { idOf } from "./container-stats.ts";

/** The pod that a container is in, as far as it is known. */
export interface PodOfContainer {
  readonly name?: string | undefined;
  readonly namespace?: string | undefined;
}

/**
 * The pods of measured containers, by the containers' ids: out of kubelet's labels, which their stats have; where one lacks
 * them, two lists tell.
 *
 * @see CRI RuntimeService.ListContainers, ListPodSandbox
 */
export async function podsOfContainers(
  runtime: Pick<RuntimeService, "listContainers" | "listPodSandbox">,
  stats: readonly ContainerStats[],
  options: CallOptions = {},
): Promise<ReadonlyMap<string, PodOfContainer>> {
  const labelled = new Map(stats.map((one) => [idOf(one), podInLabels(one)]));
  if ([...labelled.values()].every(({ name }) => name !== undefined)) return labelled;
  const [{ containers }, { items }] = await Promise.all([
    runtime.listContainers({}, options),
    runtime.listPodSandbox({}, options),
  ]);
  const pods = new Map(items.map(({ id, metadata }) => [id, metadata]));
  const listed = containers.map(({ id, podSandboxId }) => [id, pods.get(podSandboxId)] as const);
  return new Map([...labelled, ...listed.flatMap(([id, pod]) => (pod === undefined ? [] : [[id, pod] as const]))]);
}

function podInLabels({ attributes }: ContainerStats): PodOfContainer {
  const labels = attributes?.labels ?? {};
  return { name: labels["io.kubernetes.pod.name"], namespace: labels["io.kubernetes.pod.namespace"] };
}
