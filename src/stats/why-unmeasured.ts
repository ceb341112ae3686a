import { CrikitError, RuntimeFailedError } from "../errors.ts";

/** Why a pod could not be measured, for a cell of a table and for those who want to do something about it. */
export interface WhyUnmeasured {
  readonly reason: string;
  readonly hint?: string | undefined;
}

/**
 * What a runtime means by failing to measure a pod. containerd has no status code of its own for either: 1.6 to 2.1 answer
 * UNKNOWN, and for a pod that does not run 1.7 and 2.1 UNAVAILABLE.
 */
export function whyUnmeasured(failure: unknown): WhyUnmeasured {
  const text = failure instanceof Error ? failure.message : String(failure);
  if (/cgroupPath is empty/u.test(text)) {
    return {
      reason: "it has no cgroup_parent",
      hint: "containerd measures the cgroup that linux.cgroup_parent of the pod's config names: make the pod with one",
    };
  }
  if (/not in ready state/u.test(text)) return { reason: "it is not ready" };
  const answer = failure instanceof RuntimeFailedError ? failure.answer : text;
  // Without ids, which the row has: what is the same for many pods is told once.
  const [reason = ""] = answer
    .trim()
    .replaceAll(/[0-9a-f]{64}/gu, "…")
    .split("\n");
  return { reason, hint: failure instanceof CrikitError ? failure.hint : undefined };
}
