import { describe, expect, test } from "vitest";
import { changeBetween } from "../../../../src/cli/watch-verdicts.ts";
import { changeLines, verificationChange } from "../../../../src/cli/views/verification-change.ts";
import { verificationJunit } from "../../../../src/cli/views/verification-junit.ts";
import { verificationTap } from "../../../../src/cli/views/verification-tap.ts";
import { podLines, verificationTable } from "../../../../src/cli/views/verification.ts";
import type { PodReport } from "../../../../src/namespaces/report.ts";
import { type Finding, verdictOf } from "../../../../src/namespaces/verdict.ts";
import type { Verification } from "../../../../src/namespaces/verify.ts";

const terminal = { width: Infinity, color: false, now: new Date("2026-11-23T18:00:00Z") };

function finding(change: Partial<Finding> = {}): Finding {
  return {
    check: "namespace",
    pod: "web",
    podId: "pod-1",
    podNamespace: "shop",
    member: "app-id",
    name: "app",
    namespace: "net",
    expected: "same-as-pod",
    expectedId: "4:100",
    observed: "4:100",
    ok: true,
    reason: null,
    evidence: [{ what: "pid 7", id: "4:100", startTimeTicks: "900", command: "stat -L -c %d:%i /proc/7/ns/net" }],
    ...change,
  };
}

function pod(change: Partial<PodReport> = {}): PodReport {
  return {
    id: "pod-1",
    name: "web",
    namespace: "shop",
    uid: "u",
    attempt: 0,
    state: "ready",
    ips: [],
    runtimeHandler: "",
    verdict: "holds",
    anchor: { source: "pinned", path: "/pin", pid: null },
    pin: { path: "/pin", id: "4:100", reason: null },
    members: [],
    ...change,
  };
}

function verification(pods: readonly PodReport[], findings: readonly Finding[]): Verification {
  return {
    apiVersion: "crikit.dev/v1alpha1",
    kind: "Verification",
    endpoint: "unix:///run/x.sock",
    checks: ["namespace"],
    expected: {},
    verdict: verdictOf(findings),
    pods: pods.map((one) => ({ ...one, verdict: verdictOf(findings.filter(({ podId }) => podId === one.id)) })),
    findings,
    host: {},
  };
}

const broken = finding({ ok: false, observed: "4:200" });
const unmeasured = finding({ ok: null, observed: null, expectedId: null, reason: "process 7 is gone", evidence: [] });
const orphan = finding({
  check: "orphan-pin",
  pod: "",
  podId: "",
  podNamespace: "",
  member: "/run/netns/cni-1",
  name: "cni-1",
  expected: "has-a-pod",
  ok: false,
  reason: "no pod of this runtime has it",
});

/** What hostile pods are called: XML, TAP's directives, what a terminal obeys, what XML has no room for. */
const hostile = `"><x/>&amp; # SKIP \\\n1..0\u001b[2J\u202e\u0000\ufffe\ud800]]>`;

describe("the table", () => {
  test("has a line a pod with its verdict, then what does not hold with its evidence, then the sum", () => {
    const other = finding({ podId: "pod-2", pod: "db" });
    const text = verificationTable({ verbose: false })(
      verification([pod(), pod({ id: "pod-2", name: "db" })], [broken, other]),
      terminal,
    );
    expect(text.split("\n")).toEqual([
      "VERDICT   POD   NAMESPACE   POD ID   ANCHOR   MEMBERS   HOLDS   WRONG",
      "BROKEN    web   shop        pod-1    pin      0         0/1     net",
      "holds     db    shop        pod-2    pin      0         1/1",
      "",
      "BROKEN  shop/web, container app, net: expected the pod's 4:100, found 4:200",
      "    4:100  stat -L -c %d:%i /proc/7/ns/net  # pid 7, started at tick 900",
      "",
      "BROKEN: 2 pods, 2 promises measured: 1 holds, 1 is broken",
    ]);
  });

  test("shows what holds only when asked, and never what nobody promised", () => {
    const silent = finding({ namespace: "time", expected: "not-promised" });
    const show = (verbose: boolean): string =>
      verificationTable({ verbose })(verification([pod()], [finding(), silent]), terminal);
    expect(show(false)).not.toContain("stat -L");
    expect(show(true)).toContain("holds  shop/web, container app, net: the pod's: 4:100");
    expect(show(true)).not.toContain("time");
    expect(show(false)).toContain("1 promise measured");
  });

  test("tells what could not be measured of one member for one reason once, with every kind", () => {
    const kinds = ["net", "ipc", "time"] as const;
    const findings = kinds.map((namespace) => ({
      ...unmeasured,
      namespace,
      expected: namespace === "time" ? ("not-promised" as const) : unmeasured.expected,
    }));
    const other = { ...unmeasured, reason: "process 8 is gone", member: "b-id", name: "b" };
    const text = verificationTable({ verbose: false })(verification([pod()], [...findings, other]), terminal);
    expect(text).toContain("unmeasured  shop/web, container app, net, ipc: process 7 is gone\n");
    expect(text).toContain("unmeasured  shop/web, container b, net: process 8 is gone\n");
    expect(text).toContain("unmeasured: 1 pod, 0 promises measured: 1 could not be measured");
  });

  test("says that a pin is lost, whatever stands in for it, and that a witness is a weaker one", () => {
    const lost = pod({
      anchor: { source: "containers", path: null, pid: null },
      pin: { path: "/p", id: null, reason: "gone" },
    });
    expect(verificationTable({ verbose: false })(verification([lost], [finding()]), terminal)).toContain(
      "containers (weaker), pin lost",
    );
  });

  test("has what was found of the node, and words for no pod at all", () => {
    const text = verificationTable({ verbose: false })(verification([], [orphan]), terminal);
    expect(text).toContain("BROKEN  node, cni-1, orphan-pin (net): expected a pod");
    expect(text).toContain("there is no pod to verify; of the node: 1 finding");
  });

  test("shows hostile names on their line, escaped", () => {
    const text = verificationTable({ verbose: true })(
      verification([pod({ name: hostile })], [finding({ ok: false, pod: hostile, name: hostile, reason: hostile })]),
      terminal,
    );
    expect(text).not.toMatch(/(?!\n)[\p{Cc}\u202e]/u);
    expect(text.split("\n")).toHaveLength(7);
  });
});

test("jsonl is a line a pod with its own findings, and one for the node's", () => {
  expect(podLines(verification([pod()], [finding(), orphan]))).toMatchObject([
    { id: "pod-1", findings: [{ podId: "pod-1" }] },
    { kind: "Node", findings: [{ check: "orphan-pin" }] },
  ]);
  expect(podLines(verification([pod()], [finding()]))).toHaveLength(1);
});

/** Reads XML as strictly as its writer needs it: every element closed in its order, every attribute quoted. @throws when it is none */
function elementsOf(text: string): readonly string[] {
  const [head = "", ...rest] = text.split("\n");
  expect(head).toBe('<?xml version="1.0" encoding="UTF-8"?>');
  const body = rest.join("\n");
  expect(body).not.toMatch(/(?!\n)[\p{Cc}\ufffe\uffff]|\p{Surrogate}/u);
  const tag = /<(\/?)([a-z]+)((?: [a-zA-Z]+="(?:[^"<&]|&(?:amp|lt|gt|quot|apos);)*")*)(\/?)>/gu;
  const between = body.replaceAll(tag, "");
  expect(between).toMatch(/^(?:[^<>&]|&(?:amp|lt|gt|quot|apos);)*$/u);
  const open: string[] = [];
  const all: string[] = [];
  for (const [, close, name = "", , own] of body.matchAll(tag)) {
    if (close === "/") expect(open.pop()).toBe(name);
    else if (own !== "/") open.push(name);
    if (close !== "/") all.push(name);
  }
  expect(open).toEqual([]);
  return all;
}

describe("JUnit", () => {
  const count = (names: readonly string[], name: string): number => names.filter((one) => one === name).length;

  test("has a suite a pod, a case a finding, a failure for what is broken and a skip for what was not measured", () => {
    const text = verificationJunit(verification([pod()], [finding(), broken, unmeasured, orphan]));
    const elements = elementsOf(text);
    expect(["testsuite", "testcase", "failure", "skipped"].map((name) => count(elements, name))).toEqual([2, 4, 2, 1]);
    expect(text).toContain('<testsuites name="crikit verify" tests="4" failures="2" errors="0" skipped="1">');
    expect(text).toContain('<testsuite name="shop/web" tests="3" failures="1" errors="0" skipped="1">');
    expect(text).toContain('<skipped message="process 7 is gone"/>');
    expect(text).toContain("stat -L -c %d:%i /proc/7/ns/net");
  });

  test("stays well-formed whatever pods are called", () => {
    const names = { pod: hostile, podNamespace: hostile, name: hostile, reason: hostile };
    const evidence = [{ what: hostile, id: hostile, startTimeTicks: null, command: hostile }];
    const text = verificationJunit(
      verification(
        [pod({ name: hostile, namespace: hostile })],
        [finding({ ...names, ok: false, evidence }), finding({ ...names, ok: null })],
      ),
    );
    expect(count(elementsOf(text), "testcase")).toBe(2);
  });
});

/** Reads TAP 14: every plan is kept, every YAML block closed. @returns the points of the subtests, and of the whole */
function pointsOf(text: string): { readonly inner: readonly string[]; readonly outer: readonly string[] } {
  const lines = text.split("\n");
  expect(lines[0]).toBe("TAP version 14");
  const point = /^(not ok|ok) (\d+) - ((?:[^\\#]|\\[\\#])*)(?: # SKIP (?:[^\\#]|\\[\\#])*)?$/u;
  const inner: string[] = [];
  const outer: string[] = [];
  let expected = 0;
  let inBlock = false;
  for (const line of lines.slice(2)) {
    if (line.startsWith("# Subtest: ")) expected = 0;
    else if (/^ {4}1\.\.\d+$/u.test(line)) expected = Number(line.slice(7));
    else if (line === "      ---") inBlock = true;
    else if (line === "      ...") inBlock = false;
    else if (inBlock) expect(line).toMatch(/^ {6}(?:\w+: .*|evidence:| {2}- \{.*\})$/u);
    else if (line.startsWith("    ")) {
      expect(line.slice(4)).toMatch(point);
      inner.push(line.slice(4));
      expected--;
    } else {
      expect(line).toMatch(point);
      expect(expected).toBe(0);
      outer.push(line);
    }
  }
  expect(inBlock).toBe(false);
  expect(lines[1]).toBe(`1..${outer.length}`);
  return { inner, outer };
}

describe("TAP", () => {
  test("has a subtest a pod, a point a finding, the reason behind SKIP and the evidence in YAML", () => {
    const text = verificationTap(
      verification([pod(), pod({ id: "pod-2", name: "db" })], [finding(), broken, unmeasured]),
    );
    const { inner, outer } = pointsOf(text);
    expect(inner).toEqual([
      "ok 1 - shop/web, container app, net: same-as-pod",
      "not ok 2 - shop/web, container app, net: same-as-pod",
      "ok 3 - shop/web, container app, net: same-as-pod # SKIP process 7 is gone",
    ]);
    expect(outer).toEqual(["not ok 1 - shop/web", "ok 2 - shop/db"]);
    expect(text).toContain('      found: "4:200"');
  });

  test("stays TAP whatever pods are called", () => {
    const names = { pod: hostile, podNamespace: hostile, name: hostile, reason: hostile };
    const evidence = [{ what: hostile, id: null, startTimeTicks: null, command: hostile }];
    const text = verificationTap(
      verification(
        [pod({ name: hostile, namespace: hostile })],
        [finding({ ...names, ok: false, evidence }), finding({ ...names, ok: null })],
      ),
    );
    expect(pointsOf(text).inner).toHaveLength(2);
  });

  test("of no pod at all is a plan of none, with the reason", () => {
    expect(verificationTap(verification([], []))).toBe("TAP version 14\n1..0 # SKIP there is no pod to verify");
  });
});

describe("what has changed", () => {
  const before = verification([pod(), pod({ id: "pod-2", name: "db" })], [finding(), finding({ podId: "pod-2" })]);

  test("is everything at first, and nothing when nothing has, though a process is another one", () => {
    expect(changeBetween(undefined, before)).toMatchObject({ first: before, pods: [{ id: "pod-1" }, { id: "pod-2" }] });
    const again = verification(before.pods, [finding({ observed: "4:300" }), finding({ podId: "pod-2" })]);
    expect(changeBetween(before, again)).toBeUndefined();
  });

  test("is a pod that is broken now, one that is new, and one that is gone", () => {
    const after = verification([pod(), pod({ id: "pod-3", name: "new" })], [broken, finding({ podId: "pod-3" })]);
    const change = changeBetween(before, after)!;
    const text = verificationChange({ verbose: false })(change, terminal);
    expect(text.split("\n")).toEqual([
      "18:00:00  BROKEN  shop/web (was holds)",
      "  BROKEN  shop/web, container app, net: expected the pod's 4:100, found 4:200",
      "      4:100  stat -L -c %d:%i /proc/7/ns/net  # pid 7, started at tick 900",
      "18:00:00  holds  shop/new (new)",
      "18:00:00  gone  shop/db",
    ]);
    expect(changeLines(change)).toMatchObject([
      { id: "pod-1", before: "holds", verdict: "broken" },
      { id: "pod-3", before: null },
      { id: "pod-2", gone: true },
    ]);
  });

  test("is something of the node alone, and another finding of a pod that was broken before", () => {
    const withOrphan = verification(before.pods, [...before.findings, orphan]);
    expect(changeBetween(before, withOrphan)).toMatchObject({ pods: [], findings: [{ check: "orphan-pin" }] });
    const [one, two] = [broken, finding({ ok: false, namespace: "ipc" })];
    const [was, is] = [verification([pod()], [one]), verification([pod()], [one, two])];
    expect(changeBetween(was, is)).toMatchObject({ pods: [{ id: "pod-1", before: "broken" }] });
  });
});
