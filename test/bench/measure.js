// How things are measured: in turns, so that a machine that drifts drifts for all of them, and as medians.
import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";

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

/** A process of Node from start to end, which has to succeed. */
export function program(...args) {
  return command(process.execPath, ...args);
}

/** Any process from start to end, which has to succeed. */
export function command(path, ...args) {
  return async () => {
    const child = spawn(path, args, { stdio: ["ignore", "ignore", "pipe"] });
    let stderr = "";
    child.stderr.on("data", (chunk) => (stderr += chunk));
    const [status] = await once(child, "close");
    if (status !== 0) throw new TypeError(`${path} ${args.join(" ")}: ${stderr}`);
  };
}

/**
 * One row: what was measured, against what, and how many times as long it took.
 *
 * @param more what else is known of it, such as `rssMiB`
 */
export function row(what, floor, ms, floorMs, more = {}) {
  return { what, ms: round(ms), floor, floorMs: round(floorMs), ratio: round(ms / floorMs), ...more };
}

/** A row for what is compared with nothing. */
export function fact(what, ms, more = {}) {
  return { what, ms: round(ms), ...more };
}

const units = {
  firstByteMs: "first byte",
  afterFirstMs: "first byte to last line",
  rssMiB: "most memory",
  rssGrowthMiB: "memory grown",
  heapGrowthMiB: "of that reachable",
};

/** The rows as a table of Markdown. */
export function table(rows) {
  const lines = rows.map(({ part, what, ms, floor, floorMs, ratio, ...more }) => {
    const notes = Object.entries(more).map(([key, value]) => {
      const unit = key.endsWith("MiB") ? "MiB" : key.endsWith("Ms") ? "ms" : "";
      return `${units[key] ?? key} ${value} ${unit}`.trim();
    });
    return [part, what, ms, floor === undefined ? "" : `${floor}: ${floorMs}`, ratio ?? "", notes.join(", ")];
  });
  return [["part", "what", "ms", "against, ms", "ratio", ""], ["---", "---", "--:", "---", "--:", "---"], ...lines]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n");
}

/** Two digits behind the point where they say something. */
export function round(value) {
  return value >= 100 ? Math.round(value) : Math.round(value * 100) / 100;
}
