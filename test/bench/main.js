// All of it, or the parts that are named: one table and, with --json FILE, JSON. Called by hack/bench.
//
// A part is a file of its name beside this one that exports `measure(bench)`, which returns rows (measure.js). `bench` has a lab
// that is up, its socket, and `say` for who waits.
import { writeFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import process, { argv, pid, version as node } from "node:process";
import { Lab } from "../../dist/lab/lab.js";
import { table } from "./measure.js";

const parts = ["start-up", "warm-calls", "lists", "real-lists", "pods", "verify", "streaming"];

const { named, jsonPath } = wordsIn(argv.slice(2));
const startedAt = performance.now();
const say = (text) =>
  process.stderr.write(`bench, after ${Math.round((performance.now() - startedAt) / 1_000)} s: ${text}\n`);
const lab = await Lab.start({ name: `bench-${pid}`, ephemeral: true });
try {
  const socket = lab.endpoint.slice("unix://".length);
  const rows = [];
  for (const part of named) {
    say(part);
    try {
      const { measure } = await import(`./${part}.js`);
      rows.push(...(await measure({ lab, socket, say })).map((each) => ({ part, ...each })));
    } catch (error) {
      // What the other parts measured is not lost for it.
      process.exitCode = 1;
      console.error(`${part} failed:`, error);
    }
  }
  const machine = {
    date: new Date().toISOString().slice(0, 10),
    node,
    cpus: cpus().length,
    cpu: cpus()[0]?.model,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    containerd: lab.record.containerd.version,
    seconds: Math.round((performance.now() - startedAt) / 1_000),
  };
  const { date, cpu, memoryGiB, kernel, containerd, seconds } = machine;
  console.log(
    `${date}: ${machine.cpus} × ${cpu}, ${memoryGiB} GiB, Linux ${kernel}, Node ${node}, containerd ${containerd}; ${seconds} s in all.\n`,
  );
  console.log(table(rows));
  if (jsonPath !== undefined) writeFileSync(jsonPath, `${JSON.stringify({ machine, rows }, null, 2)}\n`);
} finally {
  await lab.down();
}

function wordsIn(words) {
  const at = words.indexOf("--json");
  const [, path] = at < 0 ? [] : words.splice(at, 2);
  const unknown = words.find((word) => !parts.includes(word));
  if (unknown !== undefined || (at >= 0 && path === undefined)) {
    process.stderr.write(`usage: hack/bench [--json FILE] [PART…], the parts: ${parts.join(", ")}\n`);
    process.exit(2);
  }
  return { named: words.length === 0 ? parts : words, jsonPath: path };
}
