// How things are measured: in turns, so that a machine that drifts drifts for all of them, and as medians.
import { spawnSync } from "node:child_process";

/** The middle one; of an even number the mean of both. */
export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** Runs each of `subjects` in turn, `rounds` times over, after one round that does not count. Medians in milliseconds by name. */
export async function inTurns(subjects, rounds) {
  const times = Object.fromEntries(Object.keys(subjects).map((name) => [name, []]));
  for (let round = -1; round < rounds; round++) {
    for (const [name, subject] of Object.entries(subjects)) {
      const startedAt = performance.now();
      await subject();
      if (round >= 0) times[name].push(performance.now() - startedAt);
    }
  }
  return Object.fromEntries(Object.entries(times).map(([name, values]) => [name, median(values)]));
}

/** A process from start to end, which has to succeed. */
export function program(...args) {
  return () => {
    const { status, stderr } = spawnSync(process.execPath, args, { stdio: ["ignore", "ignore", "pipe"] });
    if (status !== 0) throw new TypeError(`${args.join(" ")}: ${stderr.toString()}`);
  };
}

/** One row: what was measured, against what, and how many times as long it took. */
export function row(what, floor, ms, floorMs) {
  return { what, ms: round(ms), floor, floorMs: round(floorMs), ratio: round(ms / floorMs) };
}

function round(value) {
  return Math.round(value * 100) / 100;
}
