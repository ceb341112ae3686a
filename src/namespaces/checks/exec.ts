import { bounded } from "../../bounded.ts";
import { namespaceKinds, sameNamespace, showNamespace } from "../../linux/namespace.ts";
import type { MeasuredPod, Member, Namespaces } from "../measure.ts";
import { aboutPod, type Finding } from "../verdict.ts";

import { commandLineOf } from "../../linux/shell-quote.ts";
import { type Check, spawnsAtOnce, unlessAborted } from "./check.ts";
import { startAndLook } from "./start-and-look.ts";

/** A process that ExecSync started, and the container's own at the same moment; or why none was seen. */
export type Started =
  | {
      readonly seen: true;
      readonly pid: number;
      readonly startTimeTicks: bigint;
      readonly namespaces: Namespaces;
      readonly container: Namespaces;
    }
  | { readonly seen: false; readonly reason: string };

/**
 * Whether a process that ExecSync starts is in its container's namespaces: see {@link judgeStarted}. It starts a `sleep` in
 * every container and ends it again at once. Containers notice that: their limits count it, and whoever watches for
 * programs in them is told. So it has to be asked for.
 */
export const checkExec: Check = async (pods, source) => {
  const running = pods.flatMap((pod) =>
    pod.members.filter(({ kind, found }) => kind === "container" && found.measured).map((member) => ({ pod, member })),
  );
  const findings = await bounded([...running.entries()], spawnsAtOnce, async ([slot, { pod, member }]) => {
    unlessAborted(source);
    return judgeStarted(pod, member, await startAndLook(member, slot, source));
  });
  return findings.flat();
};

/**
 * Judges whether a process that was started in a running container is in all its namespaces, by what the kernel says of
 * both, not by what a program of the image prints. One finding when it is, one for each kind that differs.
 *
 * @see CRI RuntimeService.ExecSync
 */
export function judgeStarted(pod: MeasuredPod, member: Member, started: Started): readonly Finding[] {
  const about = {
    ...aboutPod(pod, "exec"),
    member: member.id,
    name: member.name,
    expected: "same-as-container",
  } as const;
  if (!started.seen) {
    return [
      { ...about, namespace: null, expectedId: null, observed: null, ok: null, reason: started.reason, evidence: [] },
    ];
  }
  const evidence = [
    {
      what: `pid ${started.pid}`,
      id: null,
      startTimeTicks: String(started.startTimeTicks),
      command: commandLineOf("ls", "-l", `/proc/${started.pid}/ns`),
    },
    {
      what: `pid ${member.pid ?? 0}`,
      id: null,
      startTimeTicks: member.found.measured ? String(member.found.startTimeTicks) : null,
      command: commandLineOf("ls", "-l", `/proc/${member.pid ?? 0}/ns`),
    },
  ];
  const compared = namespaceKinds.flatMap((kind) => {
    const [own, theirs] = [started.namespaces[kind], started.container[kind]];
    return own === undefined || theirs === undefined ? [] : [{ kind, own, theirs }];
  });
  const astray = compared.filter(({ own, theirs }) => !sameNamespace(own, theirs));
  if (astray.length === 0) {
    const observed = compared.map(({ kind }) => kind).join(" ");
    return [{ ...about, namespace: null, expectedId: null, observed, ok: true, reason: null, evidence }];
  }
  return astray.map(({ kind, own, theirs }) => ({
    ...about,
    namespace: kind,
    expectedId: showNamespace(theirs),
    observed: showNamespace(own),
    ok: false,
    reason: `what ExecSync starts is in another ${kind} namespace than the container`,
    evidence,
  }));
}
