import type { DemoCheck, DemoReport, DemoStep } from "../../experiment/demo-report.ts";
import { namespaceKinds } from "../../linux/namespace.ts";
import type { MemberReport } from "../../namespaces/report.ts";
import type { Finding } from "../../namespaces/verdict.ts";
import type { Terminal, View } from "../outcome.ts";
import { type Color, paint } from "./color.ts";
import { printable } from "./printable.ts";
import { type Column, table } from "./table.ts";

/** What the views know beside the report. */
export interface DemoManner {
  readonly explain: boolean;
  readonly keep: boolean;
  /** The lab it played in. */
  readonly lab: string | undefined;
}

/** The demo as a person reads it in a terminal. */
export function demoView({ explain, keep, lab }: DemoManner): View<DemoReport> {
  return (report, terminal) =>
    [
      headOf(report, lab),
      ...report.steps.map((step, at) => stepText(step, at + 1, { explain, terminal })),
      verdictTable(report, terminal),
      verdictText(report, terminal),
      ...(keep ? [keptText(report, lab)] : []),
    ].join("\n\n");
}

/** The same for a document. */
export function demoMarkdown({ lab }: DemoManner): View<DemoReport> {
  return (report, { now, width }) => {
    const plain = { now, width, color: false };
    const steps = report.steps.map((step, at) =>
      [
        `## ${at + 1}. ${step.title}`,
        step.explanation,
        ...(step.calls.length === 0 ? [] : [`RPC: ${rpcs(step)}`]),
        ...(step.facts.length === 0
          ? []
          : [step.facts.map(([name, value]) => `- ${name}: \`${printable(value)}\``).join("\n")]),
        ...(step.checks.length === 0
          ? []
          : [step.checks.map((check) => `- [${check.ok ? "x" : " "}] ${checkText(check)}`).join("\n")]),
        ["```sh", ...step.byHand, "```"].join("\n"),
      ].join("\n\n"),
    );
    const block = ["```", verdictTable(report, plain), "```"].join("\n");
    return [`# ${headOf(report, lab)}`, ...steps, block, verdictText(report, plain)].join("\n\n");
  };
}

function headOf({ runtime }: DemoReport, lab: string | undefined): string {
  const where = lab === undefined ? runtime.endpoint : `a private one at ${runtime.endpoint}`;
  return printable(`What a pod shares, measured on ${runtime.name} ${runtime.version}, ${where}`);
}

function stepText(
  step: DemoStep,
  number: number,
  { explain, terminal }: { explain: boolean; terminal: Terminal },
): string {
  const lines = [`${number}. ${step.title}`];
  const row = (head: string, text: string, color?: Color): void => {
    lines.push(`   ${paint(head.padEnd(12), color ?? "dim", terminal)}${printable(text)}`);
  };
  if (step.calls.length > 0) row("RPC", rpcs(step));
  for (const [name, value] of step.facts) row(name, value);
  for (const check of step.checks) row(check.ok ? "ok" : "NOT SO", checkText(check), check.ok ? "green" : "red");
  for (const command of step.byHand) row("by hand", command);
  if (explain) lines.push("", ...wrap(step.explanation, 100).map((line) => `   ${line}`));
  return lines.join("\n");
}

/** Each RPC once, with how often and how long: `ExecSync ×3 108 ms`. */
function rpcs({ calls }: DemoStep): string {
  const names = [...new Set(calls.map(({ rpc }) => rpc))];
  return names
    .map((name) => {
      const same = calls.filter(({ rpc }) => rpc === name);
      const longest = Math.max(...same.map(({ durationMs }) => durationMs));
      return `${name}${same.length === 1 ? "" : ` ×${same.length}`} ${Math.round(longest)} ms`;
    })
    .join(", ");
}

function checkText({ what, expected, observed, ok }: DemoCheck): string {
  return ok ? what : `${what}: expected ${expected}, found ${observed}`;
}

/** One line of the verdict's table. */
interface Row {
  readonly pod: string;
  readonly member: MemberReport;
  readonly findings: readonly Finding[];
}

function verdictTable({ pods, findings }: DemoReport, terminal: Terminal): string {
  const rows = pods.flatMap(({ id, name, members }) =>
    members.map((member): Row => ({
      pod: name,
      member,
      findings: findings.filter(
        (finding) => finding.check === "namespace" && finding.member === member.id && finding.podId === id,
      ),
    })),
  );
  const columns: readonly Column<Row>[] = [
    { head: "POD", cell: ({ pod }) => pod },
    { head: "MEMBER", cell: ({ member }) => (member.kind === "sandbox" ? "(sandbox)" : member.name) },
    { head: "PID", cell: ({ member }) => String(member.pid ?? "-") },
    ...namespaceKinds.map((kind): Column<Row> => {
      const findingOf = ({ findings: own }: Row): Finding | undefined =>
        own.find(({ namespace }) => namespace === kind);
      return {
        head: kind.toUpperCase(),
        cell: (row) => cellText(row.member.namespaces[kind]?.id, findingOf(row)),
        color: (row) => colorOf(findingOf(row)),
      };
    }),
  ];
  return table(columns, rows, { ...terminal, minWidth: 0 });
}

/** The inode, and in a word whose it is: what was promised, or that it is not so. */
function cellText(id: string | undefined, finding: Finding | undefined): string {
  if (id === undefined || finding === undefined) return "-";
  const promised = words[finding.expected];
  const word = finding.ok === false ? `NOT ${promised}` : promised;
  return word === undefined ? id : `${id} ${word}`;
}

const words: Partial<Record<Finding["expected"], string>> = {
  "same-as-pod": "pod",
  "same-as-host": "host",
  "same-as-container": "target",
  private: "private",
  "not-the-host's": "pod",
};

function colorOf(finding: Finding | undefined): Color | undefined {
  if (finding === undefined || finding.expected === "not-promised") return "dim";
  if (finding.ok === null) return "yellow";
  return finding.ok ? undefined : "red";
}

function verdictText({ verdict, findings, steps, anchor, pods }: DemoReport, terminal: Terminal): string {
  const judged = findings.filter(({ expected }) => expected !== "not-promised");
  const anchored = anchor === null ? "nothing anchors its network" : `anchor: ${anchorWords[anchor.source]}`;
  const lost = pods.flatMap(({ name, pin }) =>
    pin?.reason == null ? [] : [`the pin of pod ${name} is lost: ${pin.reason}`],
  );
  const problems = [
    ...lost,
    ...judged.filter(({ ok }) => ok !== true).map(findingText),
    ...steps.flatMap(({ checks }) => checks.filter(({ ok }) => !ok).map(checkText)),
  ];
  const [word, color] = verdictWords[verdict];
  const head = `Verdict: ${paint(word, color, terminal)} (${judged.length} promises measured by device and inode; ${anchored})`;
  return [head, ...problems.map((problem) => `  ${printable(problem)}`)].join("\n");
}

const anchorWords = {
  pinned: "the sandbox's pinned network namespace",
  sandbox: "the sandbox's own process",
  containers: "what most of its containers have, which is weaker",
} as const;

const verdictWords = {
  holds: ["it holds", "green"],
  broken: ["it does NOT hold", "red"],
  unmeasured: ["it could not be measured", "yellow"],
} as const;

function findingText({ pod, name, namespace, expected, expectedId, observed, ok, reason }: Finding): string {
  const who = name === pod ? `pod ${pod}` : `${pod}/${name}`;
  if (ok === null) return `${who}, ${namespace}: not measured: ${reason ?? "unknown"}`;
  const wanted = expectedId === null ? expected : `${expected} ${expectedId}`;
  return `${who}, ${namespace}: expected ${wanted}, found ${observed ?? "nothing"}${reason === null ? "" : ` (${reason})`}`;
}

function keptText({ runtime, pods }: DemoReport, lab: string | undefined): string {
  const [story] = pods;
  const byHand = [
    ...(story === undefined ? [] : [`crikit netns unname ${story.name}`]),
    ...pods.flatMap(({ id }) =>
      ["StopPodSandbox", "RemovePodSandbox"].map(
        (rpc) => `crikit -r ${runtime.endpoint} rpc ${rpc} '{"podSandboxId":"${id}"}'`,
      ),
    ),
  ];
  const undo = lab === undefined ? byHand : [`crikit lab down --name ${lab}`];
  return [
    `Everything is still there, on ${runtime.endpoint}. To take it away:`,
    ...undo.map((line) => `  ${line}`),
  ].join("\n");
}

function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + word.length >= width) {
      lines.push(line);
      line = "";
    }
    line += line === "" ? word : ` ${word}`;
  }
  return [...lines, line];
}
