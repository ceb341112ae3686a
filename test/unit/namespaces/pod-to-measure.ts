import type { PodIdentity, PodToMeasure } from "../../../src/namespaces/pod.ts";

/** A ready pod of Kubernetes namespace `lab` that promises what kubelet asks for. */
export const identity: PodIdentity = {
  id: "pod-id",
  name: "pod",
  namespace: "lab",
  uid: "pod-uid",
  attempt: 0,
  state: "ready",
  ips: [],
  runtimeHandler: "",
  promise: { network: "POD", ipc: "POD", pid: "CONTAINER", user: "NODE" },
};

/** A pod to measure, with what a test says of it. */
export function podToMeasure(change: Partial<PodToMeasure>): PodToMeasure {
  return { ...identity, containers: [], ...change };
}
