import { canonicalAddress } from "../../linux/local-addresses.ts";
import type { MeasuredPod } from "../measure.ts";
import { aboutPod, type Finding } from "../verdict.ts";

import type { Interfaces } from "./interfaces.ts";

/**
 * Judges whether every address that the runtime reports of a pod is one inside its network namespace, of whichever family.
 * More addresses inside than are reported are fine. A ready pod with a network of its own and no address at all is broken:
 * kubelet makes it anew.
 *
 * @see CRI PodSandboxNetworkStatus
 */
export function judgeAddresses(pod: MeasuredPod, seen: Interfaces): Finding {
  const about = {
    ...aboutPod(pod, "addresses"),
    namespace: "net",
    expected: "reported-addresses",
    expectedId: pod.ips.length === 0 ? null : pod.ips.join(" "),
    evidence: seen.evidence,
  } as const;
  if (pod.ips.length === 0) {
    return { ...about, observed: null, ok: false, reason: "the runtime reports no address for it" };
  }
  if (!seen.read) return { ...about, observed: null, ok: null, reason: seen.reason };
  const missing = pod.ips.filter((address) => !seen.addresses.has(canonicalAddress(address)));
  const inside = [...seen.addresses].filter((address) => !isLoopback(address));
  return {
    ...about,
    observed: inside.join(" "),
    ok: missing.length === 0,
    reason: missing.length === 0 ? null : `not in its network namespace: ${missing.join(", ")}`,
  };
}

function isLoopback(address: string): boolean {
  return address === "::1" || address.startsWith("127.");
}
