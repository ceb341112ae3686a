import type { ImageServiceDefinition, RuntimeServiceDefinition } from "../gen/runtime/v1/api.ts";
import type { Deadlines } from "../rpc/client.ts";

const second = 1_000;
const minute = 60 * second;

/** What a runtime answers from memory. */
const look = 10 * second;
/** What it has to gather, entry by entry. */
const gather = 30 * second;
/** What it has to do to processes, mounts and networks. */
const act = 2 * minute;

/**
 * How long each RPC may take unless the caller says otherwise, in milliseconds. Each fits what the RPC does: CNI and image
 * unpacking run inside RunPodSandbox and CreateContainer, where kubelet allows four minutes as well.
 */
export const runtimeDeadlines: Deadlines<typeof RuntimeServiceDefinition> = {
  version: look,
  status: look,
  runtimeConfig: look,
  updateRuntimeConfig: look,

  runPodSandbox: 4 * minute,
  stopPodSandbox: act,
  removePodSandbox: act,
  podSandboxStatus: look,
  listPodSandbox: look,
  streamPodSandboxes: gather,
  updatePodSandboxResources: act,

  createContainer: 4 * minute,
  startContainer: act,
  // The grace period in seconds is the runtime's to wait; what comes on top is the killing.
  stopContainer: ({ timeout }) => Number(timeout ?? 0) * second + act,
  removeContainer: act,
  containerStatus: look,
  listContainers: look,
  streamContainers: gather,
  updateContainerResources: act,
  reopenContainerLog: look,

  // Its own timeout in seconds ends the command; 0 means that it may run for ever.
  execSync: ({ timeout }) => ownTimeout(timeout),
  exec: look,
  attach: look,
  portForward: look,

  containerStats: look,
  listContainerStats: gather,
  streamContainerStats: gather,
  podSandboxStats: look,
  // Seen to take 20 s for 100 pods.
  listPodSandboxStats: act,
  streamPodSandboxStats: act,
  listMetricDescriptors: look,
  listPodSandboxMetrics: gather,
  streamPodSandboxMetrics: gather,

  checkpointContainer: ({ timeout }) => ownTimeout(timeout),
  checkpointPod: Infinity,
  restorePod: Infinity,
  getContainerEvents: Infinity,
};

/** The same for ImageService. A pull takes as long as the registry and the line do. */
export const imageDeadlines: Deadlines<typeof ImageServiceDefinition> = {
  listImages: look,
  streamImages: gather,
  imageStatus: look,
  pullImage: Infinity,
  removeImage: act,
  imageFsInfo: gather,
};

function ownTimeout(seconds: bigint | number | string | undefined): number {
  const own = Number(seconds ?? 0);
  return own > 0 ? own * second + look : Infinity;
}
