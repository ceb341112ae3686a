import type { Finding } from "../../namespaces/verdict.ts";
import type { Verification } from "../../namespaces/verify.ts";
import { printable } from "./printable.ts";
import { judged, nodeFindings, whatText, whoText } from "./verification.ts";

/**
 * A verification as TAP 14: a subtest a pod, a test point a promise. What could not be measured is skipped, with the reason.
 *
 * @see https://testanything.org/tap-version-14-specification.html
 */
export function verificationTap(verification: Verification): string {
  const subtests = [
    ...verification.pods.map(({ id, name, namespace }) => ({
      name: namespace === "" ? name : `${namespace}/${name}`,
      findings: judged(verification.findings).filter(({ podId }) => podId === id),
    })),
    ...nodeFindings(verification).map((findings) => ({ name: "node", findings })),
  ];
  if (subtests.length === 0) return ["TAP version 14", "1..0 # SKIP there is no pod to verify"].join("\n");
  return [
    "TAP version 14",
    `1..${subtests.length}`,
    ...subtests.flatMap(({ name, findings }, at) => [
      `# Subtest: ${escaped(name)}`,
      `    1..${findings.length}`,
      ...findings.flatMap((finding, number) => pointOf(finding, number + 1)).map((line) => `    ${line}`),
      `${findings.some(({ ok }) => ok === false) ? "not ok" : "ok"} ${at + 1} - ${escaped(name)}`,
    ]),
  ].join("\n");
}

function pointOf(finding: Finding, number: number): readonly string[] {
  const { ok, expected, expectedId, observed, evidence } = finding;
  const description = `${number} - ${escaped(`${whoText(finding)}: ${expected}`)}`;
  if (ok === true) return [`ok ${description}`];
  if (ok === null) return [`ok ${description} # SKIP ${escaped(whatText(finding))}`];
  const entries = { message: whatText(finding), expected: expectedId ?? expected, found: observed };
  return [
    `not ok ${description}`,
    "  ---",
    ...Object.entries(entries).map(([key, value]) => `  ${key}: ${yaml(value)}`),
    ...(evidence.length === 0 ? [] : ["  evidence:"]),
    ...evidence.map((one) => `    - ${yaml(one)}`),
    "  ...",
  ];
}

/** For a description: a `#` would begin a directive. */
function escaped(text: string): string {
  return printable(text).replaceAll(/[\\#]/gu, String.raw`\$&`);
}

/** JSON is YAML 1.2, on one line. */
function yaml(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) => (typeof one === "string" ? printable(one) : one));
}
