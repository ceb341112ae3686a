import type { MeasuredPod } from "../measure.ts";
import type { NamespacePromise } from "../pod.ts";
import { aboutPod, type Finding } from "../verdict.ts";

import { commandLineOf } from "../../linux/shell-quote.ts";
import type { Check } from "./check.ts";

const modeKinds = [
  ["network", "net"],
  ["ipc", "ipc"],
  ["pid", "pid"],
  ["user", "user"],
] as const;

/** Whether PodSandboxStatus reports the modes that were asked for: see {@link judgeModes}. */
export const checkModes: Check = async (pods, { line }) => pods.flatMap((pod) => judgeModes(pod, line.endpoint));

/**
 * Judges whether the NamespaceOptions that PodSandboxStatus reports are those that the pod was asked for, as the runtime
 * keeps the config (containerd) or an annotation (CRI-O) of it. kubelet compares that of the network, and makes the pod
 * anew for ever where they differ. One finding when all agree, one for each mode that does not.
 *
 * @see CRI LinuxPodSandboxStatus.namespaces, LinuxSandboxSecurityContext.namespace_options
 */
export function judgeModes(pod: MeasuredPod, endpoint: string): readonly Finding[] {
  const command = commandLineOf("crikit", "--runtime-endpoint", endpoint, "inspectp", pod.id);
  const reported = words(pod.promise);
  const about = {
    ...aboutPod(pod, "modes"),
    expected: "reported-as-asked",
    evidence: [
      { what: "PodSandboxStatus: status.linux.namespaces.options", id: reported, startTimeTicks: null, command },
    ],
  } as const;
  const { asked } = pod;
  if (asked === undefined) {
    const reason = "the runtime does not tell what was asked for";
    return [{ ...about, namespace: null, expectedId: null, observed: reported, ok: null, reason }];
  }
  const wrong = modeKinds.filter(([mode]) => pod.promise[mode] !== asked[mode]);
  if (wrong.length === 0) {
    return [{ ...about, namespace: null, expectedId: words(asked), observed: reported, ok: true, reason: null }];
  }
  return wrong.map(([mode, namespace]) => ({
    ...about,
    namespace,
    expectedId: asked[mode],
    observed: pod.promise[mode],
    ok: false,
    reason: `${mode}: asked for ${asked[mode]}, reported as ${pod.promise[mode]}`,
  }));
}

function words(modes: NamespacePromise): string {
  return modeKinds.map(([mode]) => `${mode}=${modes[mode]}`).join(" ");
}
