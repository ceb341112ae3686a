// Lists of a runtime that is large: time, and the most memory a process had.
import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { median } from "./measure.js";

const kinds = { table: [], json: ["-o", "json"], jsonl: ["-o", "jsonl"], quiet: ["-q"] };

/** Rows for 1,000 and 10,000 containers, the second against the first: ten times as many should take less than ten times as long. */
export async function lists(rounds) {
  const folder = mkdtempSync(join(tmpdir(), "crikit-bench-"));
  const servers = [];
  try {
    const times = {};
    for (const count of [1_000, 10_000]) {
      const server = fork(new URL("large-runtime.js", import.meta.url), [join(folder, `${count}`), String(count)]);
      servers.push(server);
      await once(server, "message");
    }
    for (let round = -1; round < rounds; round++) {
      for (const [kind, words] of Object.entries(kinds)) {
        for (const count of [1_000, 10_000]) {
          const one = await run(["bin/crikit.js", "-r", join(folder, `${count}`), "ps", "-a", ...words]);
          if (round >= 0) (times[`${kind} ${count}`] ??= []).push(one);
        }
      }
    }
    const of = (kind, count, key) => median(times[`${kind} ${count}`].map((one) => one[key]));
    return Object.keys(kinds).map((kind) => ({
      what: `ps -a, 10,000 containers, ${kind}`,
      ms: Math.round(of(kind, 10_000, "ms")),
      floor: "1,000 containers",
      floorMs: Math.round(of(kind, 1_000, "ms")),
      ratio: Math.round((of(kind, 10_000, "ms") / of(kind, 1_000, "ms")) * 100) / 100,
      firstByteMs: Math.round(of(kind, 10_000, "firstByteMs")),
      rssMiB: Math.round(of(kind, 10_000, "rssMiB")),
    }));
  } finally {
    for (const server of servers) server.kill();
    rmSync(folder, { recursive: true });
  }
}

async function run(words) {
  const startedAt = performance.now();
  // It says at its end how much memory it had at most, on a pipe of its own.
  const child = spawn(execPath, ["--require", fileURLToPath(new URL("report-memory.cjs", import.meta.url)), ...words], {
    stdio: ["ignore", "pipe", "inherit", "pipe"],
  });
  let firstByteMs;
  let rss = "";
  child.stdout.on("data", () => (firstByteMs ??= performance.now() - startedAt));
  child.stdio[3].on("data", (text) => (rss += text));
  const [code] = await once(child, "close");
  if (code !== 0) throw new TypeError(`${words.join(" ")} ended with ${code}`);
  return { ms: performance.now() - startedAt, firstByteMs, rssMiB: Number(rss) / 1024 };
}
