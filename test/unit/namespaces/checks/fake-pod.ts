import type { Line } from "../../../../src/cri/connect.ts";
import { type NamespaceId, namespaceKinds } from "../../../../src/linux/namespace.ts";
import type { CheckSource } from "../../../../src/namespaces/checks/check.ts";
import type { MeasuredPod, Member, Namespaces } from "../../../../src/namespaces/measure.ts";
import type { NamespacePromise } from "../../../../src/namespaces/pod.ts";

export const promise: NamespacePromise = { network: "POD", ipc: "POD", pid: "CONTAINER", user: "NODE" };

/** The pod's own network namespace. */
export const netns: NamespaceId = { dev: 4n, ino: 100n };

/** Every kind, with one number. */
export function all(ino: bigint): Namespaces {
  return Object.fromEntries(namespaceKinds.map((kind) => [kind, { dev: 4n, ino }]));
}

/** A member in the pod's network namespace. */
export function member(name: string, pid: number, change: Namespaces = {}): Member {
  const namespaces = { ...all(BigInt(pid)), net: netns, ...change };
  return {
    kind: name === "pod" ? "sandbox" : "container",
    id: `${name}-id`,
    name,
    pid,
    promise,
    found: { measured: true, namespaces, startTimeTicks: BigInt(pid + 100) },
  };
}

/** A pod as it should be, but for `change`. */
export function pod(change: Partial<MeasuredPod> = {}): MeasuredPod {
  return {
    id: "pod-id",
    name: "pod",
    namespace: "shop",
    uid: "uid",
    attempt: 0,
    runtimeHandler: "",
    state: "ready",
    ips: ["10.1.0.7", "fd00::7"],
    promise,
    asked: promise,
    pin: { path: "/run/netns/cni-1", id: netns },
    members: [member("pod", 10)],
    ...change,
  };
}

/** A source that asks no runtime. */
export function source(change: Partial<CheckSource> = {}): CheckSource {
  const line = { endpoint: "unix:///run/it.sock", runtime: {} } as unknown as Line;
  return { line, nowMs: 1_000_000, ...change };
}
