// One command line that prints a list: how long it took, when it began to print, and the most memory that it had.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { median, round } from "./measure.js";

const memory = fileURLToPath(new URL("report-memory.cjs", import.meta.url));

/** Runs `crikit -r SOCKET ...words` to its end. */
export async function listed(socket, ...words) {
  const startedAt = performance.now();
  // It says at its end how much memory it had at most, on a pipe of its own.
  const child = spawn(execPath, ["--require", memory, "bin/crikit.js", "-r", socket, ...words], {
    stdio: ["ignore", "pipe", "inherit", "pipe"],
  });
  let firstAt;
  let lastAt;
  let kibibytes = "";
  child.stdout.on("data", () => {
    lastAt = performance.now();
    firstAt ??= lastAt;
  });
  child.stdio[3].on("data", (text) => (kibibytes += text));
  const [code] = await once(child, "close");
  if (code !== 0) throw new TypeError(`${words.join(" ")} ended with ${code}`);
  return {
    ms: performance.now() - startedAt,
    firstByteMs: firstAt - startedAt,
    afterFirstMs: lastAt - firstAt,
    rssMiB: Number(kibibytes) / 1_024,
  };
}

/** Of several runs the median of each number. */
export function medianOf(runs) {
  const keys = Object.keys(runs[0]);
  return Object.fromEntries(keys.map((key) => [key, round(median(runs.map((one) => one[key])))]));
}
