// How the tests are counted: pure, so that the counting is tested itself.

/** What a check or a test project came to, by its exit status and, for a project, the JSON that vitest wrote. */
export function countsOf({ status, text, mustRun = false }) {
  if (!mustRun) return { passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1, skipped: 0 };
  const report = parse(text);
  // No report: it broke before it could write one. That is a failure, whatever it counted until then.
  if (report === undefined) return { passed: 0, failed: 1, skipped: 0 };
  const passed = report.numPassedTests;
  const skipped = report.numPendingTests + (report.numTodoTests ?? 0);
  // A file that could not be loaded fails without a test of its own; so does a run in which nothing ran.
  const broken = status !== 0 && report.numFailedTests === 0;
  const failed = report.numFailedTests + (broken || passed + report.numFailedTests === 0 ? 1 : 0);
  return { passed, failed, skipped };
}

function parse(text) {
  try {
    const report = JSON.parse(text);
    return typeof report.numPassedTests === "number" ? report : undefined;
  } catch {
    return undefined;
  }
}

/** All of them together. */
export function sum(counts) {
  const add = (key) => counts.reduce((total, count) => total + count[key], 0);
  return { passed: add("passed"), failed: add("failed"), skipped: add("skipped") };
}

/** The last line of a run. */
export function closingLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped === 0 ? "" : `, ${skipped} skipped`}`;
}

/** The files that took longest in vitest's reports, a line each, such as `  27.8 s test/runtime/lab.test.ts`. */
export function slowest(texts, count) {
  const files = texts.flatMap((text) => parse(text)?.testResults ?? []);
  return files
    .map(({ name, startTime, endTime }) => ({ name: name.replace(/^.*\/test\//u, "test/"), ms: endTime - startTime }))
    .toSorted((a, b) => b.ms - a.ms)
    .slice(0, count)
    .map(({ name, ms }) => `${(ms / 1_000).toFixed(1).padStart(6)} s ${name}`);
}

/** The tests of vitest's reports that failed, a line each, such as `test/cli/ps.test.ts > lists > nothing`. */
export function failures(texts) {
  const files = texts.flatMap((text) => parse(text)?.testResults ?? []);
  return files.flatMap(({ name, status, message, assertionResults = [] }) => {
    const file = name.replace(/^.*\/test\//u, "test/");
    const failed = assertionResults.filter((each) => each.status === "failed");
    // A file that could not be loaded has no test to blame.
    if (failed.length === 0 && status === "failed") return [`${file} > ${(message ?? "").split("\n", 1)[0]}`];
    return failed.map(({ ancestorTitles, title }) => [file, ...ancestorTitles, title].join(" > "));
  });
}
