// Runs the checks and the test projects one after the other, and adds up what ran. Called by hack/test.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { difference, hostState } from "./host-state.js";
import { closingLine, countsOf, sum } from "./test-counts.js";

const scratch = mkdtempSync(join(tmpdir(), "crikit-tests-"));
const results = [];
// NODE_EXTRA_CA_CERTS costs every start of Node 60 ms.
const env = { ...process.env, NODE_EXTRA_CA_CERTS: "", NO_COLOR: "1" };

const run = (command, args, more = {}) =>
  spawnSync(command, args, { stdio: "inherit", env: { ...env, ...more } }).status ?? 1;

/** A check is one test: it passes or it does not. */
const check = (name, command, args) => {
  console.log(`\n== ${name}`);
  const status = run(command, args);
  results.push({ name, ...countsOf({ status }) });
};

const project = (name, more = {}) => {
  console.log(`\n== ${name} tests`);
  const report = join(scratch, `${name}.json`);
  const status = run(
    "node_modules/.bin/vitest",
    [
      "run",
      "--config",
      "test/vitest.config.ts",
      "--project",
      name,
      "--reporter=default",
      "--reporter=json",
      `--outputFile.json=${report}`,
    ],
    more,
  );
  const text = existsSync(report) ? readFileSync(report, "utf8") : undefined;
  results.push({ name, ...countsOf({ status, text, mustRun: true }) });
};

/** Newer containerds beside the installed one, when this machine can get them. */
const containerds = () => {
  if (process.env.CRIKIT_TEST_CONTAINERDS !== undefined) return process.env.CRIKIT_TEST_CONTAINERDS;
  const folder = process.env.CRIKIT_TEST_CACHE ?? "/var/cache/crikit-tests";
  console.log(`\n== other containerds, into ${folder}`);
  const { stdout } = spawnSync("bash", ["hack/fetch-containerd", folder], {
    stdio: ["ignore", "pipe", "inherit"],
    env,
  });
  const found = stdout
    .toString()
    .trim()
    .split(":")
    .filter((path) => path !== "");
  if (found.length === 0) console.log("none could be fetched: the installed one alone is tested");
  return [spawnSync("sh", ["-c", "command -v containerd"]).stdout.toString().trim(), ...found].join(":");
};

/** The command line on the oldest and the newest: what differs between runtimes is tested on each below it. */
const oldestAndNewest = ({ CRIKIT_TEST_CONTAINERDS: paths }) => {
  const all = paths.split(":").filter((path) => path !== "");
  return { CRIKIT_TEST_CONTAINERDS: [...new Set([all.at(0), all.at(-1)])].join(":") };
};

try {
  for (const [name, command, args] of [
    ["types", "node_modules/.bin/tsc", []],
    ["lint", "node_modules/.bin/oxlint", []],
    ["format", "node_modules/.bin/oxfmt", ["--check"]],
    ["unused code", "node_modules/.bin/knip", []],
    ["protos", "node_modules/.bin/buf", ["lint", "proto"]],
    ["generated stubs", "npm", ["run", "--silent", "check:generated"]],
    ["build", "npm", ["run", "--silent", "build"]],
  ]) {
    check(name, command, args);
  }
  const more = { CRIKIT_TEST_CONTAINERDS: containerds() };
  // What a run that was killed has left is swept by the first lab anyway: before we look, not in between.
  const sweep = 'import { sweepAbandonedLabs } from "./dist/lab/abandoned-labs.js"; await sweepAbandonedLabs();';
  run("node", ["--input-type=module", "--eval", sweep]);
  const before = hostState();
  for (const name of ["unit", "architecture", "package", "runtime"]) project(name, more);
  project("cli", process.env.CRIKIT_TEST_EVERY === "1" ? more : oldestAndNewest(more));
  const left = difference(before, hostState());
  console.log(`\n== what the tests left on this machine: ${left.length === 0 ? "nothing" : `\n${left.join("\n")}`}`);
  results.push({ name: "leaves nothing behind", ...countsOf({ status: left.length === 0 ? 0 : 1 }) });
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

console.log("");
for (const { name, passed, failed, skipped } of results) {
  console.log(`${failed === 0 ? "ok  " : "FAIL"} ${name}: ${passed} passed, ${failed} failed, ${skipped} skipped`);
}
const total = sum(results);
console.log(`\n${closingLine(total)}`);
process.exitCode = total.failed === 0 ? 0 : 1;
