import { bounded } from "../bounded.ts";
import type { Line } from "../cri/connect.ts";
import { PodSandboxState } from "../cri/messages.ts";
import { NotFoundError } from "../errors.ts";
import type { CallOptions } from "../rpc/call-options.ts";
import type { MeasuredPod } from "./measure.ts";
import type { Finding } from "./verdict.ts";

/** How many pods are asked about at once. */
const callsAtOnce = 8;

/**
 * Takes back what was found broken of pods that were ready and have been stopped since: their pins and addresses go before
 * anybody is told. One PodSandboxStatus for each pod with such a finding, none where there is none.
 */
export async function unlessStopped(
  { line, options }: { readonly line: Line; readonly options: CallOptions },
  pods: readonly Pick<MeasuredPod, "id" | "state">[],
  findings: readonly Finding[],
): Promise<readonly Finding[]> {
  const broken = new Set(findings.filter(({ ok }) => ok === false).map(({ podId }) => podId));
  const accused = pods.filter(({ id, state }) => state === "ready" && broken.has(id)).map(({ id }) => id);
  const stopped = new Set<string>();
  await bounded(accused, callsAtOnce, async (podSandboxId) => {
    if (!(await isReady(line, podSandboxId, options))) stopped.add(podSandboxId);
  });
  return findings.map((finding) =>
    finding.ok === false && stopped.has(finding.podId)
      ? { ...finding, ok: null, reason: "the pod was stopped while it was looked at" }
      : finding,
  );
}

async function isReady(line: Line, podSandboxId: string, options: CallOptions): Promise<boolean> {
  try {
    const { status } = await line.runtime.podSandboxStatus({ podSandboxId, verbose: false }, options);
    return status?.state === PodSandboxState.SANDBOX_READY;
  } catch (error) {
    if (error instanceof NotFoundError) return false;
    throw error;
  }
}
