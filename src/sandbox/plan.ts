import { type DeepPartial, NamespaceMode, type NamespaceOption, type PodSandboxConfig } from "../cri/messages.ts";
import { attemptLabel } from "./attempt.ts";

/** What a pod sandbox is to be. Everything but the name has a default. */
export interface PodSandboxPlan {
  readonly name: string;
  /** The Kubernetes namespace, not a Linux one. `crikit` when absent. */
  readonly namespace?: string | undefined;
  /** Which of the runtime's handlers runs it; the runtime's default when absent. */
  readonly runtimeHandler?: string | undefined;
  /**
   * Which Linux namespaces its containers share. Network and IPC are the pod's and each container has its own pid
   * namespace when absent, as with kubelet; CRI's own zero value for pid would be POD.
   */
  readonly namespaces?: DeepPartial<NamespaceOption> | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** Anything else that CRI knows; what is said above wins over it. */
  readonly config?: DeepPartial<PodSandboxConfig> | undefined;
}

/** The message for RunPodSandbox. Pure. `attempt` marks this one try, and is the pod's uid unless the plan has one. */
export function podSandboxConfig(plan: PodSandboxPlan, attempt: string): DeepPartial<PodSandboxConfig> {
  const { config = {} } = plan;
  const namespaceOptions = {
    ...kubeletDefault,
    ...config.linux?.securityContext?.namespaceOptions,
    ...plan.namespaces,
  };
  const onHostNetwork = namespaceOptions.network === NamespaceMode.NODE;
  const whole = {
    hostname: onHostNetwork ? "" : plan.name,
    ...config,
    metadata: {
      attempt: 0,
      ...config.metadata,
      name: plan.name,
      namespace: plan.namespace ?? config.metadata?.namespace ?? "crikit",
    },
    labels: { ...config.labels, ...plan.labels },
    linux: {
      ...config.linux,
      securityContext: { ...config.linux?.securityContext, namespaceOptions },
    },
  };
  return markedConfig(whole, attempt);
}

/** A config with the mark of one try, and a uid where it has none. Pure. */
export function markedConfig(config: DeepPartial<PodSandboxConfig>, attempt: string): DeepPartial<PodSandboxConfig> {
  const { metadata, labels } = config;
  return {
    ...config,
    metadata: { ...metadata, uid: metadata?.uid || attempt },
    labels: { ...labels, [attemptLabel]: attempt },
  };
}

const kubeletDefault = { network: NamespaceMode.POD, pid: NamespaceMode.CONTAINER, ipc: NamespaceMode.POD };
