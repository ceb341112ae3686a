import type { PodReport } from "../../namespaces/report.ts";
import type { Finding, VerdictWord } from "../../namespaces/verdict.ts";
import type { Verification } from "../../namespaces/verify.ts";
import type { View } from "../outcome.ts";
import { paint } from "./color.ts";
import { printable } from "./printable.ts";
import { findingText, podLines, verdictWords, type VerificationManner, verificationTable } from "./verification.ts";

/** What has changed since the verification before. */
export interface VerificationChange {
  readonly apiVersion: Verification["apiVersion"];
  readonly kind: "VerificationChange";
  /** Of all that is verified. */
  readonly verdict: VerdictWord;
  /** The pods that are new, or of which something else holds than before; `before` is null for a new one. */
  readonly pods: readonly (PodReport & { readonly before?: VerdictWord | null })[];
  readonly gone: readonly Pick<PodReport, "id" | "name" | "namespace">[];
  /** Of those pods, and of the node where that has changed. */
  readonly findings: readonly Finding[];
  /** The whole, the first time. */
  readonly first?: Verification;
}

/** What `--watch` prints: everything the first time, then a line for each change with what does not hold. */
export function verificationChange(manner: VerificationManner): View<VerificationChange> {
  return ({ first, pods, gone, findings }, terminal) => {
    if (first !== undefined) return verificationTable(manner)(first, terminal);
    const time = terminal.now.toISOString().slice(11, 19);
    const wrong = (id: string): readonly string[] =>
      findings
        .filter(({ podId, ok }) => podId === id && ok !== true)
        .map((finding) => findingText(finding, terminal).replaceAll(/^/gmu, "  "));
    const ofPods = pods.flatMap((pod) => {
      const [word, color] = verdictWords[pod.verdict];
      const before = pod.before === null || pod.before === undefined ? "new" : `was ${verdictWords[pod.before][0]}`;
      return [`${time}  ${paint(word, color, terminal)}  ${nameOf(pod)} (${before})`, ...wrong(pod.id)];
    });
    const left = gone.map((pod) => `${time}  gone  ${nameOf(pod)}`);
    return [...ofPods, ...left, ...wrong("")].join("\n");
  };
}

/** What `-o jsonl` prints of a change: a line a pod, one for each that is gone. */
export function changeLines({ pods, findings, gone }: VerificationChange): readonly unknown[] {
  return [...podLines({ pods, findings }), ...gone.map((pod) => ({ ...pod, gone: true }))];
}

function nameOf({ name, namespace }: Pick<PodReport, "name" | "namespace">): string {
  return printable(namespace === "" ? name : `${namespace}/${name}`);
}
