// Lists of a runtime that is large: time, from where on it prints, and the most memory a process had.
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listed, medianOf } from "./listed.js";
import { row } from "./measure.js";

const rounds = 5;
const kinds = { table: [], json: ["-o", "json"], jsonl: ["-o", "jsonl"], ids: ["-q"] };

/**
 * 1,000 pods and 10,000 containers, in one answer. Against a tenth of them: not more than ten times as long is linear. And in
 * portions, also 100,000, which one answer cannot hold: the first row of `-o jsonl` comes long before the last.
 */
export async function measure() {
  const folder = mkdtempSync(join(tmpdir(), "crikit-bench-"));
  const servers = [];
  const runtime = async (name, ...words) => {
    const socket = join(folder, name);
    const server = fork(new URL("large-runtime.js", import.meta.url), [socket, ...words]);
    servers.push(server);
    await once(server, "message");
    return socket;
  };
  try {
    const small = await runtime("small", "1000");
    const large = await runtime("large", "10000");
    const portions = await runtime("portions", "10000", "streamed");
    const streamed = await runtime("streamed", "100000", "streamed");
    const runs = {};
    const add = async (name, isCounted, socket, ...words) => {
      const one = await listed(socket, ...words);
      if (isCounted) (runs[name] ??= []).push(one);
    };
    for (let round = -1; round < rounds; round++) {
      for (const [kind, words] of Object.entries(kinds)) {
        await add(`${kind} small`, round >= 0, small, "ps", "-a", ...words);
        await add(`${kind} large`, round >= 0, large, "ps", "-a", ...words);
      }
      await add("pods small", round >= 0, small, "pods");
      await add("pods large", round >= 0, large, "pods");
      await add("portions", round >= 0, portions, "ps", "-a", "-o", "jsonl");
      if (round < 2) {
        await add("streamed jsonl", round >= 0, streamed, "ps", "-a", "-o", "jsonl");
        await add("streamed json", round >= 0, streamed, "ps", "-a", "-o", "json");
      }
    }
    const portionsRow = ({ ms, ...more }, { ms: wholeMs }) =>
      row("10,000 containers streamed, jsonl", "in one answer", ms, wholeMs, more);
    const compared = (what, name, floor) => {
      const [{ ms, ...more }, { ms: floorMs }] = [medianOf(runs[name]), medianOf(runs[floor])];
      return row(what, `a tenth of them`, ms, floorMs, more);
    };
    return [
      ...Object.keys(kinds).map((kind) => compared(`10,000 containers, ${kind}`, `${kind} large`, `${kind} small`)),
      compared("1,000 pods, table", "pods large", "pods small"),
      portionsRow(medianOf(runs["portions"]), medianOf(runs["jsonl large"])),
      ...["jsonl", "json"].map((kind) => {
        const { ms, ...more } = medianOf(runs[`streamed ${kind}`]);
        return row(
          `100,000 containers streamed, ${kind}`,
          "10,000 in one answer",
          ms,
          medianOf(runs[`${kind} large`]).ms,
          more,
        );
      }),
    ];
  } finally {
    for (const server of servers) server.kill();
    rmSync(folder, { recursive: true });
  }
}
