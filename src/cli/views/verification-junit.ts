import type { Evidence, Finding } from "../../namespaces/verdict.ts";
import type { Verification } from "../../namespaces/verify.ts";
import { printable } from "./printable.ts";
import { judged, nodeFindings, whatText, whoText } from "./verification.ts";

/**
 * A verification as JUnit XML: a suite a pod, a case a promise. What could not be measured is skipped, with the reason.
 *
 * @see https://github.com/testmoapp/junitxml
 */
export function verificationJunit(verification: Verification): string {
  const suites = [
    ...verification.pods.map(({ id, name, namespace }) => ({
      name: namespace === "" ? name : `${namespace}/${name}`,
      id,
      findings: judged(verification.findings).filter(({ podId }) => podId === id),
    })),
    ...nodeFindings(verification).map((findings) => ({ name: "node", id: "", findings })),
  ];
  const all = countsOf(suites.flatMap(({ findings }) => findings));
  return [
    `<?xml version="1.0" encoding="UTF-8"?>`,
    `<testsuites name="crikit verify" ${all}>`,
    ...suites.flatMap(({ name, id, findings }) => [
      `  <testsuite name="${xml(name)}" ${countsOf(findings)}>`,
      ...(id === "" ? [] : [`    <properties><property name="podSandboxId" value="${xml(id)}"/></properties>`]),
      ...findings.map(caseOf),
      `  </testsuite>`,
    ]),
    `</testsuites>`,
  ].join("\n");
}

function countsOf(findings: readonly Finding[]): string {
  const failures = findings.filter(({ ok }) => ok === false).length;
  const skipped = findings.filter(({ ok }) => ok === null).length;
  return `tests="${findings.length}" failures="${failures}" errors="0" skipped="${skipped}"`;
}

function caseOf(finding: Finding): string {
  const open = `    <testcase classname="${xml(finding.check)}" name="${xml(`${whoText(finding)}: ${finding.expected}`)}"`;
  if (finding.ok === true) return `${open}/>`;
  const what = xml(whatText(finding));
  if (finding.ok === null) return `${open}><skipped message="${what}"/></testcase>`;
  const evidence = finding.evidence.map((one) => `\n${xml(evidenceText(one))}`).join("");
  return `${open}><failure message="${what}" type="${xml(finding.expected)}">${what}${evidence}</failure></testcase>`;
}

function evidenceText({ what, id, startTimeTicks, command }: Evidence): string {
  return `${what}${startTimeTicks === null ? "" : ` (start ${startTimeTicks})`}  ${id ?? "-"}  ${command}`;
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};

/** Text of the runtime's for an attribute or an element: no control character, and nothing that XML 1.0 has no room for. */
function xml(text: string): string {
  return printable(text)
    .replaceAll(/[&<>"']/gu, (character) => entities[character] ?? "")
    .replaceAll(/[\uD800-\uDFFF\uFFFE\uFFFF]/gu, "\uFFFD");
}
