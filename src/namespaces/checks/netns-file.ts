import { type NamespaceId, namespaceOf, sameNamespace, showNamespace } from "../../linux/namespace.ts";
import { processStat } from "../../linux/process.ts";
import type { Anchor } from "../anchor.ts";
import type { MeasuredPod, Member } from "../measure.ts";
import type { Evidence } from "../verdict.ts";
import type { CheckSource } from "./check.ts";

/** What shows a namespace: a pin, or a process and when it was started. */
export type NamespaceFile =
  | { readonly kind: "pin"; readonly path: string; readonly id: NamespaceId }
  | { readonly kind: "process"; readonly pid: number; readonly startTimeTicks: bigint; readonly id: NamespaceId };

/** What to enter a pod's network namespace by: its pin, else a process that is in it. */
export function fileOf({ source, path, id }: Anchor, witness: Witness | undefined): NamespaceFile | undefined {
  if (source === "pinned" && path !== null) return { kind: "pin", path, id };
  return witness && { kind: "process", pid: witness.pid, startTimeTicks: witness.startTimeTicks, id };
}

/** The words that run a program in a network namespace, and the program's own. */
export function inNetns(file: NamespaceFile, ...program: readonly string[]): readonly string[] {
  const where = file.kind === "pin" ? [`--net=${file.path}`] : ["--target", String(file.pid), "--net"];
  return ["nsenter", ...where, ...program];
}

/** A namespace and where it was seen, with the command to see the same. */
export function evidenceOf(file: NamespaceFile, command: string): Evidence {
  const what = file.kind === "pin" ? file.path : `pid ${file.pid}`;
  const startTimeTicks = file.kind === "pin" ? null : String(file.startTimeTicks);
  return { what, id: showNamespace(file.id), startTimeTicks, command };
}

/** A member that was measured to be in this network namespace. */
export interface Witness {
  readonly member: Member;
  readonly pid: number;
  readonly startTimeTicks: bigint;
}

/** The first member of a pod that is in a network namespace: the sandbox's own process if it is. */
export function witnessIn(pod: MeasuredPod, netns: NamespaceId): Witness | undefined {
  for (const member of pod.members) {
    const { pid, found } = member;
    if (pid === undefined || !found.measured) continue;
    const { net } = found.namespaces;
    if (net !== undefined && net.dev === netns.dev && net.ino === netns.ino) {
      return { member, pid, startTimeTicks: found.startTimeTicks };
    }
  }
  return undefined;
}

/** Whether a process is the same as before, and in that network namespace: what was read of it meanwhile counts then. */
export async function isStill(
  { pid, startTimeTicks }: { readonly pid: number; readonly startTimeTicks: bigint },
  netns: NamespaceId,
  { proc }: Pick<CheckSource, "proc">,
): Promise<boolean> {
  const now = await namespaceOf(pid, "net", proc).catch(() => undefined);
  if (now === undefined || !sameNamespace(now, netns)) return false;
  return (await processStat(pid, proc))?.startTimeTicks === startTimeTicks;
}
