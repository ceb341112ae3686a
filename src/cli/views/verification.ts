import type { PodReport } from "../../namespaces/report.ts";
import type { Evidence, Finding, VerdictWord } from "../../namespaces/verdict.ts";
import type { Verification } from "../../namespaces/verify.ts";
import type { Terminal, View } from "../outcome.ts";
import { type Color, paint } from "./color.ts";
import { shortId } from "./human.ts";
import { printable } from "./printable.ts";
import { type Column, table } from "./table.ts";
import { widthOf } from "./width.ts";

/** How much is shown. */
export interface VerificationManner {
  /** What holds as well, with its evidence. */
  readonly verbose: boolean;
}

/** A verification as a person reads it: a line a pod, then what does not hold and what could not be measured, and the sum. */
export function verificationTable({ verbose }: VerificationManner): View<Verification> {
  return (verification, terminal) => {
    const { pods, findings } = verification;
    const shown = together(judged(findings).filter(({ ok }) => verbose || ok !== true));
    return [
      ...(pods.length === 0 ? [] : [podTable(verification, terminal)]),
      ...shown.map((finding) => findingText(finding, terminal)),
      sumText(verification, terminal),
    ].join("\n\n");
  };
}

/** What `-o jsonl` prints: a line a pod with its findings, and one for the node's where there are any. */
export function podLines(verification: Pick<Verification, "pods" | "findings">): readonly unknown[] {
  const { pods, findings } = verification;
  return [
    ...pods.map((pod) => ({ ...pod, findings: findings.filter(({ podId }) => podId === pod.id) })),
    ...nodeFindings(verification).map((ofNode) => ({ kind: "Node", findings: ofNode })),
  ];
}

/** What was found of the node and of no pod: one list, or none where nothing was. */
export function nodeFindings({ findings }: Pick<Verification, "findings">): readonly (readonly Finding[])[] {
  const ofNode = findings.filter(({ podId }) => podId === "");
  return ofNode.length === 0 ? [] : [ofNode];
}

/** One pod and what was found of it. */
interface Row {
  readonly pod: PodReport;
  readonly findings: readonly Finding[];
}

function podTable({ pods, findings }: Verification, terminal: Terminal): string {
  const byPod = new Map(pods.map(({ id }): [string, Finding[]] => [id, []]));
  for (const finding of findings) byPod.get(finding.podId)?.push(finding);
  const rows = pods.map((pod): Row => ({ pod, findings: judged(byPod.get(pod.id) ?? []) }));
  return table(columns, rows, { ...terminal, minWidth: 0 });
}

const columns: readonly Column<Row>[] = [
  {
    head: "VERDICT",
    cell: ({ pod }) => verdictWords[pod.verdict][0],
    color: ({ pod }) => verdictWords[pod.verdict][1],
  },
  { head: "POD", cell: ({ pod }) => pod.name },
  { head: "NAMESPACE", cell: ({ pod }) => pod.namespace },
  { head: "POD ID", cell: ({ pod }) => shortId(pod.id) },
  { head: "ANCHOR", cell: ({ pod }) => anchorText(pod) },
  { head: "MEMBERS", cell: ({ pod }) => String(pod.members.length) },
  { head: "HOLDS", cell: ({ findings }) => `${findings.filter(({ ok }) => ok === true).length}/${findings.length}` },
  {
    head: "WRONG",
    cell: ({ findings }) =>
      [
        ...new Set(findings.filter(({ ok }) => ok !== true).map(({ check, namespace }) => wrongWord(check, namespace))),
      ].join(","),
    color: ({ pod }) => verdictWords[pod.verdict][1],
  },
];

function wrongWord(check: Finding["check"], namespace: Finding["namespace"]): string {
  return check === "namespace" && namespace !== null ? namespace : check;
}

/** What could not be measured of one member for one reason is told once, with all the kinds of namespace. */
function together(findings: readonly Finding[]): readonly Shown[] {
  const shown: Shown[] = [];
  for (const finding of findings) {
    const { ok, member, podId, check, reason, namespace } = finding;
    const last = shown.at(-1);
    const isSame = last?.podId === podId && last.member === member && last.check === check && last.reason === reason;
    if (ok === null && isSame && last.ok === null)
      shown[shown.length - 1] = { ...last, kinds: `${last.kinds}, ${namespace}` };
    else shown.push({ ...finding, kinds: namespace ?? "" });
  }
  return shown;
}

/** A finding, for one kind of namespace or several. */
interface Shown extends Finding {
  readonly kinds?: string;
}

/** CRI promises nothing of cgroup and time namespaces: what always holds is not counted. */
export function judged(findings: readonly Finding[]): readonly Finding[] {
  return findings.filter(({ expected }) => expected !== "not-promised");
}

/** A verdict in a word, and its colour. */
export const verdictWords = {
  holds: ["holds", "green"],
  broken: ["BROKEN", "red"],
  unmeasured: ["unmeasured", "yellow"],
} as const satisfies Record<VerdictWord, readonly [string, Color]>;

const anchorWords = { pinned: "pin", sandbox: "sandbox", containers: "containers (weaker)" } as const;

/** By what a pod's own network is told; a pin that is lost is said, whatever stands in for it. */
function anchorText({ anchor, pin }: PodReport): string {
  const by = anchor === null ? "-" : anchorWords[anchor.source];
  return pin === null || pin.reason === null ? by : `${by}, pin lost`;
}

/** A finding, and below it what it rests on and how to see that by hand. */
export function findingText(finding: Shown, terminal: Terminal): string {
  const [word, color] = verdictWords[finding.ok === null ? "unmeasured" : finding.ok ? "holds" : "broken"];
  const head = `${paint(word, color, terminal)}  ${printable(whoText(finding))}: ${printable(whatText(finding))}`;
  return [head, ...evidenceLines(finding.evidence, terminal)].join("\n");
}

/** Who a finding is about: `shop/web, container app, net`. */
export function whoText({ check, pod, podNamespace, podId, member, name, namespace, kinds }: Shown): string {
  const kind = kinds ?? namespace ?? "";
  const what = check === "namespace" ? kind : kind === "" ? check : `${check} (${kind})`;
  if (podId === "") return `node, ${name}, ${what}`;
  const whole = podNamespace === "" ? pod : `${podNamespace}/${pod}`;
  if (member !== podId) return `${whole}, container ${name}, ${what}`;
  return check === "namespace" ? `${whole}, sandbox, ${what}` : `${whole}, ${what}`;
}

/** What was expected and what was found, in words. */
export function whatText({ expected, expectedId, observed, ok, reason }: Finding): string {
  if (ok === null) return reason ?? "not measured";
  const because = reason === null ? "" : ` (${reason})`;
  const words = expectedWords[expected];
  if (ok) return `${words}: ${observed ?? "nothing"}${because}`;
  return `expected ${words}${expectedId === null ? "" : ` ${expectedId}`}, found ${observed ?? "nothing"}${because}`;
}

const expectedWords: Record<Finding["expected"], string> = {
  "same-as-pod": "the pod's",
  "same-as-host": "the host's",
  "same-as-container": "the container's",
  private: "one for itself",
  "not-the-host's": "any but the host's",
  "not-promised": "anything",
  "differs-from-other-pods": "one that no other pod has",
  "reported-as-asked": "the modes that were asked for",
  "reported-addresses": "the addresses that are reported",
  "loopback-up": "lo",
  pinned: "a pin",
  "owned-by-pod": "the pod's own users",
  "has-a-pod": "a pod",
};

/** What was seen and the command that shows it, which names the path or the process. */
function evidenceLines(evidence: readonly Evidence[], terminal: Terminal): readonly string[] {
  const widest = Math.max(0, ...evidence.map(({ id }) => widthOf(printable(id ?? "-"))));
  return evidence.map(({ what, id, startTimeTicks, command }) => {
    const seen = printable(id ?? "-");
    const comment = startTimeTicks === null ? "" : `  # ${what}, started at tick ${startTimeTicks}`;
    const text = `${seen}${" ".repeat(widest - widthOf(seen))}  ${printable(command + comment)}`;
    return `    ${paint(text, "dim", terminal)}`;
  });
}

function sumText({ pods, findings, verdict }: Verification, terminal: Terminal): string {
  const ofNode = findings.filter(({ podId, ok }) => podId === "" && ok !== true).length;
  const node = ofNode === 0 ? "" : `; of the node: ${some(ofNode, "finding")}`;
  if (pods.length === 0) return `there is no pod to verify${node}`;
  const count = (word: VerdictWord): number => pods.filter((pod) => pod.verdict === word).length;
  const parts = (["holds", "broken", "unmeasured"] as const)
    .map((word) => [word, count(word)] as const)
    .filter(([, many]) => many > 0)
    .map(([word, many]) => `${many} ${sumWords[word][many === 1 ? 0 : 1]}`);
  const measured = judged(findings).filter(({ ok }) => ok !== null).length;
  const [word, color] = verdictWords[verdict];
  const whole = `${some(pods.length, "pod")}, ${some(measured, "promise")} measured`;
  return `${paint(word, color, terminal)}: ${whole}: ${parts.join(", ")}${node}`;
}

function some(many: number, noun: string): string {
  return `${many} ${noun}${many === 1 ? "" : "s"}`;
}

const sumWords = {
  holds: ["holds", "hold"],
  broken: ["is broken", "are broken"],
  unmeasured: ["could not be measured", "could not be measured"],
} as const;
