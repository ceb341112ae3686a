import { bounded } from "../../bounded.ts";
import type { Mount } from "../../linux/mountinfo.ts";
import { type NamespaceId, sameNamespace, showNamespace } from "../../linux/namespace.ts";
import { namespacesFound } from "../anchor.ts";
import type { MeasuredPod } from "../measure.ts";
import { expectationOf } from "../pod.ts";
import { aboutPod, type Evidence, type Finding } from "../verdict.ts";

import { commandLineOf } from "../../linux/shell-quote.ts";
import { type Check, readsAtOnce, unlessAborted } from "./check.ts";
import { mountAt, type MountView, mountViews } from "./mount-views.ts";
import { pinOf } from "./pinned.ts";

/** Whether the pins of pods still are pins, and of their own network namespaces: see {@link judgePin}. */
export const checkPin: Check = async (pods, source) => {
  const viewOf = mountViews(source);
  const pinned = pods.filter(({ state, promise }) => state === "ready" && promise.network !== "NODE");
  return bounded(pinned, readsAtOnce, async (pod) => {
    unlessAborted(source);
    const view = await viewOf(pod);
    return judgePin(pod, { view, mount: pod.pin && (await mountAt(view, pod.pin.path)) });
  });
};

/**
 * Judges whether the file that a runtime names as the pin of a pod's network namespace still has it mounted: without, the
 * namespace goes with its last process, and whoever enters by the path is somewhere else.
 *
 * @param seen the mount at that path, as the runtime's side sees it
 */
export function judgePin(
  pod: MeasuredPod,
  { view, mount }: { readonly view: Pick<MountView, "pid" | "startTimeTicks">; readonly mount: Mount | undefined },
): Finding {
  const about = { ...aboutPod(pod, "pin"), namespace: "net", expected: "pinned" } as const;
  if (pod.pin === undefined) {
    const reason = "the runtime names no file that it pinned the network namespace to";
    return { ...about, expectedId: null, observed: null, evidence: [], ok: null, reason };
  }
  const own = ownNetns(pod);
  const expectedId = own === undefined ? null : showNamespace(own.id);
  const { path } = pod.pin;
  const evidence = [evidenceOfMount(path, mount, view), ...(own === undefined ? [] : [own.evidence])];
  const pin = mount && pinOf(mount);
  const with_ = (observed: string | null, ok: boolean | null, reason: string | null): Finding => ({
    ...about,
    expectedId,
    evidence,
    observed,
    ok,
    reason,
  });
  if (mount === undefined && own === undefined && view.pid === "self") {
    // crikit may be in a container: then this view is not the runtime's.
    return with_(
      null,
      null,
      `nothing is mounted on ${path} as crikit sees it, and no process shows what its runtime sees`,
    );
  }
  if (mount === undefined) return with_(null, false, `nothing is mounted on ${path} any more`);
  if (pin === undefined) return with_(null, false, `what is mounted on ${path} is no network namespace`);
  const observed = showNamespace(pin);
  if (own === undefined) return with_(observed, null, "no process of the pod shows its network namespace");
  return sameNamespace(pin, own.id)
    ? with_(observed, true, null)
    : with_(observed, false, `${path} pins another network namespace than ${own.whose} is in`);
}

/** The network namespace of the sandbox's own process, else of the first container that was promised the pod's. */
function ownNetns(
  pod: MeasuredPod,
): { readonly id: NamespaceId; readonly whose: string; readonly evidence: Evidence } | undefined {
  for (const member of pod.members) {
    const id = namespacesFound(member)?.net;
    const promised = expectationOf("net", member.promise, member.kind).relation === "same-as-pod";
    if (id === undefined || !promised || member.pid === undefined || !member.found.measured) continue;
    const startTimeTicks = String(member.found.startTimeTicks);
    const command = commandLineOf("stat", "-L", "-c", "%d:%i", `/proc/${member.pid}/ns/net`);
    return {
      id,
      whose: member.kind === "sandbox" ? "its sandbox" : `container ${member.name}`,
      evidence: { what: `pid ${member.pid}`, id: showNamespace(id), startTimeTicks, command },
    };
  }
  return undefined;
}

function evidenceOfMount(
  path: string,
  mount: Mount | undefined,
  { pid, startTimeTicks }: Pick<MountView, "pid" | "startTimeTicks">,
): Evidence {
  const look = commandLineOf("findmnt", "--mountpoint", path);
  return {
    what: path,
    id: mount === undefined ? null : `${mount.fileSystem} ${mount.root}`,
    startTimeTicks: startTimeTicks === null ? null : String(startTimeTicks),
    // A runtime may see other mounts than a shell does.
    command: pid === "self" ? look : `nsenter --target ${pid} --mount -- ${look}`,
  };
}
