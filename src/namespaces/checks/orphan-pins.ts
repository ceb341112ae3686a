import { basename, dirname } from "node:path";
import { showNamespace } from "../../linux/namespace.ts";
import type { MeasuredPod } from "../measure.ts";
import type { Evidence, Finding } from "../verdict.ts";
import { commandLineOf } from "../../linux/shell-quote.ts";
import type { Check, CheckSource } from "./check.ts";
import { type NetnsUser, type NodePin, type NodePins, readNodePins } from "./pins-of-node.ts";

/** Pins of the node that no pod has any more: see {@link judgeOrphanPins}. */
export const checkOrphanPins: Check = async (pods, source) => judgeOrphanPins(await readNodePins(pods, source));

/** RunPodSandbox pins first, waits for CNI, and tells of the pod last: kubelet gives it four minutes. */
const youngMs = 240_000;

/** What runtimes call their pins: containerd `cni-` and 16 random bytes, CRI-O just these. ip(8), people and podman do not. */
const runtimesOwnName = /^(?:cni-)?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/u;

/**
 * Judges which pins have no pod behind them: a leaked network namespace, with its addresses and its end of a veth. A pin is
 * none when its name is not one that runtimes make, when crikit gave that name, when it shows the namespace of a pod a
 * second time, when it is so young that its pod may still be in the making, or when a process is in it, unless it lies in a
 * folder where only this runtime pins. Where it could belong to a runtime beside this one, there is no judgement. One
 * finding for each orphan.
 */
export function judgeOrphanPins(node: NodePins): readonly Finding[] {
  const { pins, podNetns, names, ownFolder } = node;
  return pins
    .filter(({ ageMs }) => ageMs === null || ageMs >= youngMs)
    .filter(({ path, id }) => !podNetns.has(showNamespace(id)) && !names.has(path))
    .filter(({ path }) => runtimesOwnName.test(basename(path)))
    .filter(({ path, user }) => user === undefined || dirname(path) === ownFolder)
    .map((pin) => findingOf(pin, doubtOf(pin, node)));
}

/** Why it cannot be said whose a pin is. */
function doubtOf({ path, ageMs }: NodePin, { ownFolder, otherRuntimes, incomplete }: NodePins): string | undefined {
  if (incomplete !== undefined) return incomplete;
  if (ageMs === null) return "how old it is could not be seen";
  if (dirname(path) === ownFolder || otherRuntimes.length === 0) return undefined;
  return `it may be a pin of another runtime: ${otherRuntimes.join(", ")}`;
}

function findingOf({ path, id, user }: NodePin, doubt: string | undefined): Finding {
  const observed = showNamespace(id);
  const inside = user === undefined ? "no process is in it" : `process ${user.pid} (${user.comm}) is in it`;
  return {
    check: "orphan-pin",
    pod: "",
    podId: "",
    podNamespace: "",
    member: path,
    name: basename(path),
    namespace: "net",
    expected: "has-a-pod",
    expectedId: null,
    observed,
    ok: doubt === undefined ? false : null,
    reason: `no pod of this runtime has it, and ${inside}${doubt === undefined ? "" : `; ${doubt}`}`,
    evidence: [
      {
        what: path,
        id: observed,
        startTimeTicks: null,
        command: commandLineOf("nsenter", `--net=${path}`, "ip", "addr"),
      },
      ...(user === undefined ? [] : [evidenceOfUser(user, observed)]),
    ],
  };
}

function evidenceOfUser({ pid, startTimeTicks }: NetnsUser, id: string): Evidence {
  const command = commandLineOf("stat", "-L", "-c", "%d:%i", `/proc/${pid}/ns/net`);
  return { what: `pid ${pid}`, id, startTimeTicks: String(startTimeTicks), command };
}

/** The pins that certainly are orphans, by path, each with the reason. @throws as {@link checkOrphanPins} does */
export async function orphanPins(
  pods: readonly MeasuredPod[],
  source: CheckSource,
): Promise<ReadonlyMap<string, string>> {
  const findings = await checkOrphanPins(pods, source);
  return new Map(findings.flatMap(({ ok, member, reason }) => (ok === false ? [[member, reason ?? ""] as const] : [])));
}
