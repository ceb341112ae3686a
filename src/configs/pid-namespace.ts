import type { ContainerConfig, DeepPartial, PodSandboxConfig } from "../cri/messages.ts";
import type { ConfigKind } from "./fields.ts";

/**
 * The sentence for a config that does not say whose pid namespace its containers get: CRI's zero value is not what Kubernetes
 * means by saying nothing. A config for Windows has none.
 */
export function pidNamespaceWarning(
  { linux, windows }: DeepPartial<PodSandboxConfig> | DeepPartial<ContainerConfig>,
  kind: ConfigKind,
): string | undefined {
  if (linux?.securityContext?.namespaceOptions?.pid !== undefined) return undefined;
  if (windows !== undefined && linux === undefined) return undefined;
  const who = kind === "pod" ? "the pod's containers share" : "the container joins";
  return (
    `linux.security_context.namespace_options.pid is not set, so ${who} the pod's one pid namespace: CRI's zero value is ` +
    `POD, while kubelet's default is CONTAINER`
  );
}
