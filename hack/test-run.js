// Runs the checks and the test projects, side by side where they do not disturb one another, and adds up what ran. Called by hack/test.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { difference, hostState } from "./host-state.js";
import { closingLine, countsOf, failures, slowest, sum } from "./test-counts.js";

const scratch = mkdtempSync(join(tmpdir(), "crikit-tests-"));
const results = [];
const reports = [];
const wrong = [];
const running = new Set();
// NODE_EXTRA_CA_CERTS costs every start of Node 60 ms.
const env = { ...process.env, NODE_EXTRA_CA_CERTS: "", NO_COLOR: "1" };

/** Runs a program to its end. Of those beside one another only the first of each pair shows its output as it comes. */
const run = (command, args, { more = {}, held = false } = {}) =>
  new Promise((resolve) => {
    const child = spawn(command, args, {
      stdio: ["ignore", held ? "pipe" : "inherit", held ? "pipe" : "inherit"],
      env: { ...env, ...more },
    });
    const one = { child, output: "" };
    running.add(one);
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => (one.output += chunk.toString()));
    const end = (status) => {
      running.delete(one);
      process.stdout.write(one.output);
      resolve(status ?? 1);
    };
    child.once("error", () => end(1));
    child.once("close", end);
  });

for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => {
    for (const { child, output } of running) {
      child.kill(signal);
      process.stdout.write(output);
    }
    rmSync(scratch, { recursive: true, force: true });
    process.exit(1);
  });
}

const timed = async (name, counts) => {
  const startedAt = performance.now();
  const counted = await counts();
  results.push({ name, ...counted, seconds: Math.round((performance.now() - startedAt) / 1_000) });
};

/** A check is one test: it passes or it does not. */
const check = (name, command, args) =>
  timed(name, async () => {
    console.log(`\n== ${name}`);
    return countsOf({ status: await run(command, args) });
  });

const project = (name, { more, held = false } = {}) =>
  timed(name, async () => {
    console.log(`\n== ${name} tests${held ? ": what they print comes when they have ended" : ""}`);
    const report = join(scratch, `${name}.json`);
    const words = ["run", "--config", "test/vitest.config.ts", "--project", name, "--reporter=default"];
    const status = await run("node_modules/.bin/vitest", [...words, "--reporter=json", `--outputFile.json=${report}`], {
      more,
      held,
    });
    const text = existsSync(report) ? readFileSync(report, "utf8") : undefined;
    if (text !== undefined) reports.push(text);
    return countsOf({ status, text, mustRun: true });
  });

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

/** What tests leave in the folder for temporary files is theirs to take away, but for what Node and vitest keep there. */
const leftIn = (folder) =>
  readdirSync(folder)
    .filter((name) => name.startsWith("crikit-"))
    .map((name) => `new path: ${join(folder, name)}`);

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
    await check(name, command, args);
  }
  const every = { CRIKIT_TEST_CONTAINERDS: containerds() };
  const some = process.env.CRIKIT_TEST_EVERY === "1" ? every : oldestAndNewest(every);
  // What a run that was killed has left is swept by the first lab anyway: before we look, not in between.
  const sweep = 'import { sweepAbandonedLabs } from "./dist/lab/abandoned-labs.js"; await sweepAbandonedLabs();';
  await run("node", ["--input-type=module", "--eval", sweep]);
  const before = hostState();
  // Tests that wait for a runtime leave the cores to those that compute, which bring up no lab, and have a folder for
  // temporary files of their own where the others do not see it.
  const apart = join(scratch, "tmp");
  mkdirSync(apart);
  const withoutLabs = async () => {
    for (const name of ["unit", "architecture", "package"]) await project(name, { more: { TMPDIR: apart } });
  };
  await Promise.all([withoutLabs(), project("machine", { more: every, held: true })]);
  await Promise.all([project("cli", { more: some }), project("runtime", { more: every, held: true })]);
  const look = () => [...difference(before, hostState()), ...leftIn(apart)];
  // The kernel takes a moment to bury what has been killed.
  for (let tries = 0; tries < 10 && look().length > 0; tries++) await sleep(1_000);
  const left = look();
  wrong.push(...left.map((line) => `left on this machine: ${line}`));
  results.push({ name: "leaves nothing behind", ...countsOf({ status: left.length === 0 ? 0 : 1 }), seconds: 0 });
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

console.log(`\nthe slowest files:\n${slowest(reports, 12).join("\n")}\n`);
for (const { name, passed, failed, skipped, seconds } of results) {
  const verdict = failed === 0 ? "ok  " : "FAIL";
  console.log(`${verdict} ${name}: ${passed} passed, ${failed} failed, ${skipped} skipped, ${seconds} s`);
}
const total = sum(results);
// Last, because whoever reads a log reads its end.
wrong.push(...failures(reports));
if (wrong.length > 0) console.log(`\nwhat failed:\n${wrong.slice(0, 40).join("\n")}`);
console.log(`\n${closingLine(total)}`);
process.exitCode = total.failed === 0 ? 0 : 1;
