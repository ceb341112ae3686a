import { expect, test } from "vitest";

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

// A script of plain JavaScript: Node 20 runs it without a build.
const { countsOf, sum, closingLine, failures, slowest } = (await import("../../../hack/test-counts.js" as string)) as {
  countsOf: (run: { status: number; text?: string; mustRun?: boolean }) => Counts;
  sum: (counts: readonly Counts[]) => Counts;
  closingLine: (counts: Counts) => string;
  failures: (reports: readonly string[]) => readonly string[];
  slowest: (reports: readonly string[], count: number) => readonly string[];
};

function report(passed: number, failed: number, pending = 0): string {
  return JSON.stringify({ numPassedTests: passed, numFailedTests: failed, numPendingTests: pending, numTodoTests: 0 });
}

test("a check is one test", () => {
  expect(countsOf({ status: 0 })).toEqual({ passed: 1, failed: 0, skipped: 0 });
  expect(countsOf({ status: 2 })).toEqual({ passed: 0, failed: 1, skipped: 0 });
});

test("a project's tests are counted as vitest counted them", () => {
  expect(countsOf({ status: 1, text: report(5, 2, 1), mustRun: true })).toEqual({ passed: 5, failed: 2, skipped: 1 });
});

test("a run that broke before it could report is a failure", () => {
  for (const text of [undefined, "", "{", '{"numFailedTests":0}']) {
    expect(countsOf({ status: 1, ...(text === undefined ? {} : { text }), mustRun: true }).failed).toBe(1);
  }
});

test("a file that could not be loaded is a failure, though none of its tests failed", () => {
  expect(countsOf({ status: 1, text: report(5, 0), mustRun: true })).toEqual({ passed: 5, failed: 1, skipped: 0 });
});

test("a project in which nothing ran is a failure: skipped runtime tests prove nothing", () => {
  expect(countsOf({ status: 0, text: report(0, 0, 30), mustRun: true })).toEqual({ passed: 0, failed: 1, skipped: 30 });
});

test("the last line is the true sum, and names what was skipped only if something was", () => {
  const total = sum([
    { passed: 2, failed: 1, skipped: 0 },
    { passed: 3, failed: 0, skipped: 4 },
  ]);
  expect(closingLine(total)).toBe("5 passed, 1 failed, 4 skipped");
  expect(closingLine({ passed: 1, failed: 0, skipped: 0 })).toBe("1 passed, 0 failed");
});

test("the slowest files are named, the slowest first, whatever a report lacks", () => {
  const file = (name: string, endTime: number): object => ({ name: `/x/test/${name}.ts`, startTime: 1_000, endTime });
  const text = JSON.stringify({ numPassedTests: 1, testResults: [file("a", 1_200), file("b", 98_650)] });
  expect(slowest(["{", report(1, 0), text], 2)).toEqual(["  97.7 s test/b.ts", "   0.2 s test/a.ts"]);
});

test("what failed is named: each test with its file, and a file that could not be loaded with why", () => {
  const assertion = (title: string, status: string): object => ({ ancestorTitles: ["lists"], title, status });
  const testResults = [
    {
      name: "/x/test/cli/ps.test.ts",
      status: "failed",
      assertionResults: [assertion("a", "failed"), assertion("b", "passed")],
    },
    { name: "/x/test/cli/rm.test.ts", status: "failed", message: "no such module\nat x", assertionResults: [] },
    { name: "/x/test/cli/ok.test.ts", status: "passed", assertionResults: [assertion("c", "passed")] },
  ];
  const text = JSON.stringify({ numPassedTests: 2, testResults });
  expect(failures(["{", report(1, 0), text])).toEqual([
    "test/cli/ps.test.ts > lists > a",
    "test/cli/rm.test.ts > no such module",
  ]);
});
