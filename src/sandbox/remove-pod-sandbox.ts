import type { Line } from "../cri/connect.ts";
import type { DeepPartial, PodSandboxMetadata } from "../cri/messages.ts";
import type { CallOptions } from "../rpc/call-options.ts";
import { removeCgroupParent } from "./cgroup-parent.ts";
import { forgetNames } from "./forget-names.ts";
import { onceSettled } from "./once-settled.ts";
import { unlessGone } from "./unless-gone.ts";

/** A pod sandbox to be removed. */
interface Leaver {
  readonly id: string;
  /** Asked for when absent: it leads to the cgroup that crikit gave the pod. */
  readonly metadata?: DeepPartial<PodSandboxMetadata> | undefined;
}

/**
 * Stops and removes a pod sandbox with everything in it, the cgroup parent that crikit chose for it, and the names that
 * crikit gave to its network namespace. Harmless on one that is gone.
 *
 * @see CRI RuntimeService.StopPodSandbox, RuntimeService.RemovePodSandbox
 */
export async function removePodSandbox(line: Line, pod: Leaver, options: CallOptions = {}): Promise<void> {
  const { id: podSandboxId } = pod;
  const metadata = pod.metadata ?? (await metadataOf(line, podSandboxId, options));
  await onceSettled(async () => {
    await unlessGone(line.runtime.stopPodSandbox({ podSandboxId }, options));
    await line.runtime.removePodSandbox({ podSandboxId }, options);
  });
  if (metadata !== undefined) await removeCgroupParent(metadata);
  await forgetNames();
}

async function metadataOf(line: Line, podSandboxId: string, options: CallOptions): Promise<Leaver["metadata"]> {
  const answer = await unlessGone(line.runtime.podSandboxStatus({ podSandboxId }, options));
  return answer?.status?.metadata;
}
