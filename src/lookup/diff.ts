import type { Line } from "../cri/connect.ts";
import { HostError, NotFoundError } from "../errors.ts";
import { resolveContainers, resolvePodSandboxes } from "../inventory/resolve.ts";
import { type NamespaceKind, namespaceKinds, sameNamespace, showNamespace } from "../linux/namespace.ts";
import { anchorOf, namespacesFound } from "../namespaces/anchor.ts";
import { hostNamespaces } from "../namespaces/host.ts";
import { type MeasuredPod, measurePods, type Namespaces } from "../namespaces/measure.ts";
import { pidNow, podsOfRuntime } from "../namespaces/pods-of-runtime.ts";
import type { CallOptions } from "../rpc/call-options.ts";

/** What two of pods, containers and the host share. Plain data. */
export interface NamespaceDiff {
  readonly left: DiffSide;
  readonly right: DiffSide;
  readonly namespaces: readonly NamespaceDifference[];
}

/** One of the two. */
export interface DiffSide {
  readonly kind: "pod" | "container" | "host";
  readonly id: string;
  readonly name: string;
}

/** One kind of namespace of both. */
export interface NamespaceDifference {
  readonly namespace: NamespaceKind;
  /** As `dev:ino`; null when nothing shows it. */
  readonly left: string | null;
  readonly right: string | null;
  /** null when one of them is not known. */
  readonly shared: boolean | null;
}

/**
 * What two pods share, or a pod and the host, one kind of namespace at a time. A pod's own are told by its pin, its sandbox,
 * or what its containers agree on; a container's by its process. All are measured at one time.
 *
 * @param words two of `POD`, `NAMESPACE/POD`, `POD/CONTAINER`, ids or their starts; `undefined` is the host
 * @throws {NotFoundError} and {AmbiguousError} when a word does not mean one
 * @see namespaces(7)
 */
export async function diff(
  line: Line,
  words: readonly [string, string | undefined],
  options: CallOptions = {},
): Promise<NamespaceDiff> {
  const targets: (Target | undefined)[] = [];
  for (const word of words) targets.push(word === undefined ? undefined : await targetOf(line, word, options));
  const podIds = [...new Set(targets.flatMap((target) => target?.podId ?? []))];
  const found = await podsOfRuntime(line, podIds, options);
  const [pods, host] = await Promise.all([
    measurePods(found, { pidNow: (member) => pidNow(line, member, options) }),
    hostNamespaces(),
  ]);
  const [left, right] = targets.map((target) => sideOf(target, pods, host)) as [Measured, Measured];
  const kinds = namespaceKinds.filter((kind) => host[kind] !== undefined);
  return {
    left: left.side,
    right: right.side,
    namespaces: kinds.map((namespace) => {
      const [a, b] = [left.namespaces[namespace], right.namespaces[namespace]];
      return {
        namespace,
        left: a === undefined ? null : showNamespace(a),
        right: b === undefined ? null : showNamespace(b),
        shared: a === undefined || b === undefined ? null : sameNamespace(a, b),
      };
    }),
  };
}

interface Target {
  readonly podId: string;
  readonly containerId?: string;
}

/** A pod, else a container: `A/B` may be either. */
async function targetOf(line: Line, word: string, options: CallOptions): Promise<Target> {
  const { items } = await line.runtime.listPodSandbox({}, options);
  const runtime = { ...line.runtime, listPodSandbox: async () => ({ items }) };
  try {
    const [pod] = await resolvePodSandboxes(runtime, [word], options);
    if (pod !== undefined && items.some(({ id }) => id === pod.id)) return { podId: pod.id };
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
  }
  const [container] = await resolveContainers(runtime, [word], options);
  const { containers } = await line.runtime.listContainers({ filter: { id: container?.id ?? word } }, options);
  const [listed] = containers;
  if (listed === undefined) {
    throw new NotFoundError(`there is no pod and no container '${word}'`, {
      hint: "look with 'crikit pods' and 'crikit ps'",
    });
  }
  return { podId: listed.podSandboxId, containerId: listed.id };
}

interface Measured {
  readonly side: DiffSide;
  readonly namespaces: Namespaces;
}

function sideOf(target: Target | undefined, pods: readonly MeasuredPod[], host: Namespaces): Measured {
  if (target === undefined) return { side: { kind: "host", id: "", name: "host" }, namespaces: host };
  const pod = pods.find(({ id }) => id === target.podId);
  if (pod === undefined) throw new NotFoundError(`pod sandbox ${target.podId} is gone`);
  const podName = pod.namespace === "" ? pod.name : `${pod.namespace}/${pod.name}`;
  if (target.containerId === undefined) {
    const own = namespaceKinds.flatMap((kind) => {
      const anchor = anchorOf(pod, kind);
      return anchor === undefined ? [] : [[kind, anchor.id] as const];
    });
    return { side: { kind: "pod", id: pod.id, name: podName }, namespaces: Object.fromEntries(own) };
  }
  const member = pod.members.find(({ id }) => id === target.containerId);
  const side = { kind: "container", id: target.containerId, name: `${podName}/${member?.name ?? ""}` } as const;
  const namespaces = namespacesFound(member);
  if (namespaces !== undefined) return { side, namespaces };
  const reason = member?.found.measured === false ? member.found.reason : "it does not run";
  throw new HostError(`container ${target.containerId} has no namespaces to compare: ${reason}`);
}
