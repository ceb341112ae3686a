import { type NamespaceId, sameNamespace } from "../linux/namespace.ts";
import { namespacesFound } from "../namespaces/anchor.ts";
import type { MeasuredPod } from "../namespaces/measure.ts";
import { netnsOf } from "./node-view.ts";

/** A file that shows a pod's own network namespace: the pin, else a process's link. `undefined` for one on the host's. */
export function netnsFileOf(pod: MeasuredPod, host: NamespaceId | undefined): string | undefined {
  const own = netnsOf(pod);
  if (own === undefined || (host !== undefined && sameNamespace(own, host))) return undefined;
  if (pod.pin?.id !== undefined) return pod.pin.path;
  const witness = pod.members.find((member) => {
    const net = namespacesFound(member)?.net;
    return net !== undefined && sameNamespace(net, own);
  });
  return witness?.pid === undefined ? undefined : `/proc/${witness.pid}/ns/net`;
}
