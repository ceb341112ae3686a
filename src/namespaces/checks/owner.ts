import { bounded } from "../../bounded.ts";
import { CancelledError, HostError } from "../../errors.ts";
import { netnsRootIn, netnsRootOf, netnsSetting, usernsRootOf } from "../../linux/netns-owner.ts";
import { processStat } from "../../linux/process.ts";
import { commandLineOf } from "../../linux/shell-quote.ts";
import { anchorOf } from "../anchor.ts";
import type { MeasuredPod } from "../measure.ts";
import { aboutPod, type Evidence, type Finding } from "../verdict.ts";
import { type Check, type CheckSource, runOptions, spawnsAtOnce, unlessAborted } from "./check.ts";
import { evidenceOf, fileOf, inNetns, isStill, witnessIn } from "./netns-file.ts";

/** Root of two user namespaces, as this machine numbers it; or why that is not known. */
export type Owners =
  | { readonly read: true; readonly ofPod: number; readonly ofNetns: number; readonly evidence: readonly Evidence[] }
  | { readonly read: false; readonly reason: string; readonly evidence: readonly Evidence[] };

/** Whether pods with users of their own own their network namespaces: see {@link judgeOwner}. */
export const checkOwner: Check = async (pods, source) => {
  const own = pods.filter(
    ({ state, promise }) => state === "ready" && promise.user === "POD" && promise.network !== "NODE",
  );
  return bounded(own, spawnsAtOnce, async (pod) => {
    unlessAborted(source);
    return judgeOwner(pod, await readOwners(pod, source));
  });
};

/**
 * Judges whether a pod's network namespace belongs to its user namespace, by root of both. One that belongs to the host's
 * leaves the pod without the capabilities that it has in everything else of its own: no sysfs, no settings, no raw sockets.
 *
 * @see user_namespaces(7), "Interaction of user namespaces and other types of namespaces"
 */
export function judgeOwner(pod: MeasuredPod, owners: Owners): Finding {
  const { evidence } = owners;
  const about = { ...aboutPod(pod, "owner"), namespace: "net", expected: "owned-by-pod", evidence } as const;
  if (!owners.read) return { ...about, expectedId: null, observed: null, ok: null, reason: owners.reason };
  const { ofPod, ofNetns } = owners;
  const seen = { ...about, expectedId: `uid ${ofPod}`, observed: `uid ${ofNetns}` };
  if (ofPod === 0)
    return { ...seen, ok: null, reason: "root of its user namespace is the host's, as is the host's own" };
  const reason = `root of the user namespace that owns it is uid ${ofNetns}, and the pod's is uid ${ofPod}`;
  return { ...seen, ok: ofNetns === ofPod, reason: ofNetns === ofPod ? null : reason };
}

async function readOwners(pod: MeasuredPod, source: CheckSource): Promise<Owners> {
  const anchor = anchorOf(pod, "net");
  const member = pod.members.find(({ found, pid }) => found.measured && pid !== undefined);
  const unread = (reason: string, evidence: readonly Evidence[] = []): Owners => ({ read: false, reason, evidence });
  if (anchor === undefined) return unread(pod.pin?.reason ?? "nothing shows the pod's network namespace");
  if (member?.pid === undefined || !member.found.measured) return unread("no process shows the pod's user namespace");
  const { pid, found } = member;
  const file = fileOf(anchor, witnessIn(pod, anchor.id));
  if (file === undefined) return unread("no process and no pin shows its network namespace");
  const map = `/proc/${pid}/uid_map`;
  const evidence = [
    evidenceOf(file, commandLineOf(...inNetns(file, "stat", "-c", "%u", netnsSetting))),
    { what: map, id: null, startTimeTicks: String(found.startTimeTicks), command: commandLineOf("cat", map) },
  ];
  try {
    const ofPod = await usernsRootOf(pid, source.proc);
    if ((await processStat(pid, source.proc))?.startTimeTicks !== found.startTimeTicks) {
      return unread(`process ${pid} ended while it was looked at`, evidence);
    }
    if (ofPod === undefined) return unread("its user namespace has no root", evidence);
    const witness = witnessIn(pod, anchor.id);
    const shown = witness === undefined ? undefined : await netnsRootOf(witness.pid, source.proc);
    // 0 may be of before the user namespace had users: then the kernel is asked anew, inside.
    if (witness !== undefined && shown === ofPod && ofPod !== 0 && (await isStill(witness, anchor.id, source))) {
      return { read: true, ofPod, ofNetns: shown, evidence };
    }
    const path = file.kind === "pin" ? file.path : `${source.proc ?? "/proc"}/${file.pid}/ns/net`;
    const ofNetns = await netnsRootIn(path, runOptions(source));
    if (file.kind === "process" && !(await isStill(file, anchor.id, source))) {
      return unread(`process ${file.pid} ended while it was looked at`, evidence);
    }
    return { read: true, ofPod, ofNetns, evidence };
  } catch (error) {
    if (error instanceof CancelledError) throw error;
    if (error instanceof HostError) return unread(`its owner could not be seen: ${error.message}`, evidence);
    if (error instanceof Error && "code" in error && (error.code === "EACCES" || error.code === "EPERM")) {
      return unread(`may not look at process ${pid}: that takes CAP_SYS_PTRACE`, evidence);
    }
    throw error;
  }
}
