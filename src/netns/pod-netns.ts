import type { Line } from "../cri/connect.ts";
import { HostError } from "../errors.ts";
import { type NamespaceId, sameNamespace } from "../linux/namespace.ts";
import { type AnchorSource, namespacesFound } from "../namespaces/anchor.ts";
import { hostNamespaces } from "../namespaces/host.ts";
import { type MeasuredPod, measurePods } from "../namespaces/measure.ts";
import { expectationOf } from "../namespaces/pod.ts";
import { pidNow, podsOfRuntime } from "../namespaces/pods-of-runtime.ts";
import type { CallOptions } from "../rpc/call-options.ts";

/** A pod's network namespace, and a file that shows it. */
export interface PodNetns {
  readonly podId: string;
  readonly podName: string;
  readonly podNamespace: string;
  readonly id: NamespaceId;
  /** The pin; `/proc/PID/ns/net` where there is none. */
  readonly path: string;
  readonly source: AnchorSource;
  /** The process whose link `path` is. Absent for a pin. */
  readonly holder?: { readonly pid: number; readonly startTimeTicks: bigint };
}

/**
 * Finds a pod's own network namespace: what its sandbox pinned first, then what the sandbox's process has, then what its
 * containers have, which is weaker.
 *
 * @throws {NotFoundError} when the pod is gone
 * @throws {HostError} when it is on the host's network, or nothing shows its own
 */
export async function netnsOfPod(line: Line, podId: string, options: CallOptions = {}): Promise<PodNetns> {
  const found = await podsOfRuntime(line, [podId], options);
  const [pod] = await measurePods(found, { pidNow: (member) => pidNow(line, member, options) });
  if (pod === undefined) throw new HostError(`pod ${podId} could not be measured`);
  if (pod.promise.network === "NODE") {
    throw new HostError(`pod ${nameOf(pod)} is on the host's network: it has no network namespace of its own`);
  }
  const netns = witnessed(pod);
  const host = await hostNamespaces();
  if (host.net !== undefined && sameNamespace(netns.id, host.net)) {
    throw new HostError(`pod ${nameOf(pod)} was promised a network namespace of its own, and is in the host's`, {
      hint: `see what else is not as promised: crikit verify ${pod.id.slice(0, 13)}`,
    });
  }
  return netns;
}

function witnessed(pod: MeasuredPod): PodNetns {
  const about = { podId: pod.id, podName: pod.name, podNamespace: pod.namespace };
  const { pin } = pod;
  if (pin?.id !== undefined) return { ...about, id: pin.id, path: pin.path, source: "pinned" };
  for (const member of pod.members) {
    const id = namespacesFound(member)?.net;
    const promised = expectationOf("net", member.promise, member.kind).relation === "same-as-pod";
    if (id === undefined || !promised || member.pid === undefined || !member.found.measured) continue;
    const holder = { pid: member.pid, startTimeTicks: member.found.startTimeTicks };
    const source = member.kind === "sandbox" ? "sandbox" : "containers";
    return { ...about, id, path: `/proc/${member.pid}/ns/net`, source, holder };
  }
  const reasons = pod.members.flatMap(({ found }) => (found.measured ? [] : [found.reason]));
  const [reason = "it has no process, and no pin"] = [...(pin?.reason === undefined ? [] : [pin.reason]), ...reasons];
  throw new HostError(`nothing shows the network namespace of pod ${nameOf(pod)}: ${reason}`);
}

function nameOf({ namespace, name }: MeasuredPod): string {
  return namespace === "" ? name : `${namespace}/${name}`;
}
