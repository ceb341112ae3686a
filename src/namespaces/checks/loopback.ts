import type { MeasuredPod } from "../measure.ts";
import { aboutPod, type Finding } from "../verdict.ts";

import type { Interfaces } from "./interfaces.ts";

/**
 * Judges whether `lo` is up in a pod's network namespace, with an address: containers of a pod find each other there, and
 * CRI leaves it to the runtime. A new network namespace has it down.
 */
export function judgeLoopback(pod: MeasuredPod, seen: Interfaces): Finding {
  const about = {
    ...aboutPod(pod, "loopback"),
    namespace: "net",
    expected: "loopback-up",
    expectedId: "up",
    evidence: seen.evidence,
  } as const;
  if (!seen.read) return { ...about, observed: null, ok: null, reason: seen.reason };
  const ok = seen.loopback === "up";
  return { ...about, observed: seen.loopback, ok, reason: ok ? null : `lo is ${seen.loopback}` };
}
