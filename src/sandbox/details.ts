import type { Line } from "../cri/connect.ts";
import type { ContainerStatus, PodSandboxStatus } from "../cri/messages.ts";
import {
  type ContainerInfo,
  parseContainerInfo,
  parsePodSandboxInfo,
  type PodSandboxInfo,
} from "../cri/verbose-info/verbose-info.ts";
import type { CallOptions } from "../rpc/call-options.ts";

/** What the runtime says of a pod sandbox, with the part that it says only verbosely. */
export interface PodSandboxDetails {
  readonly status: PodSandboxStatus;
  readonly verbose: PodSandboxInfo;
}

/** What the runtime says of a container, with the part that it says only verbosely. */
export interface ContainerDetails {
  readonly status: ContainerStatus;
  readonly verbose: ContainerInfo;
}

/** Looks at a pod sandbox. @throws {NotFoundError} when it is gone @see CRI RuntimeService.PodSandboxStatus */
export async function podSandboxDetails(
  line: Line,
  podSandboxId: string,
  options: CallOptions = {},
): Promise<PodSandboxDetails> {
  const { status, info } = await line.runtime.podSandboxStatus({ podSandboxId, verbose: true }, options);
  // The client takes no answer without a status.
  return { status: status as PodSandboxStatus, verbose: await parsePodSandboxInfo(info) };
}

/** Looks at a container. @throws {NotFoundError} when it is gone @see CRI RuntimeService.ContainerStatus */
export async function containerDetails(
  line: Line,
  containerId: string,
  options: CallOptions = {},
): Promise<ContainerDetails> {
  const { status, info } = await line.runtime.containerStatus({ containerId, verbose: true }, options);
  // The client takes no answer without a status.
  return { status: status as ContainerStatus, verbose: await parseContainerInfo(info) };
}
