import type { DeepPartial, PodSandboxConfig } from "../cri/messages.ts";

/**
 * The labels by which kubelet says whose a container is. CRI's lists have no other way to tell a container's pod by name:
 * without them every tool shows it as unknown.
 *
 * @see Kubernetes pkg/kubelet/types/labels.go
 */
export function podLabels(pod: DeepPartial<PodSandboxConfig>, containerName: string): Readonly<Record<string, string>> {
  const { name, namespace, uid } = pod.metadata ?? {};
  const labels = {
    "io.kubernetes.container.name": containerName,
    "io.kubernetes.pod.name": name,
    "io.kubernetes.pod.namespace": namespace,
    "io.kubernetes.pod.uid": uid,
  };
  return Object.fromEntries(
    Object.entries(labels).filter((entry): entry is [string, string] => (entry[1] ?? "") !== ""),
  );
}
