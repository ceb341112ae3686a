// Pods with a container each, from RunPodSandbox to the verdict and away again: how many at once, against their RPCs one after
// the other, against a shell that runs a command a step, and what memory it takes.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process, { execPath } from "node:process";
import { bounded } from "../../dist/bounded.js";
import { busyboxImage } from "../../dist/images/lab-images.js";
import { podsOfRuntime } from "../../dist/namespaces/pods-of-runtime.js";
import { reportOn } from "../../dist/namespaces/report.js";
import { PodSandbox } from "../../dist/sandbox/pod-sandbox.js";
import { fact, median, row } from "./measure.js";

/** At once, where it is not what is measured: see the first rows. */
const width = 8;
const trap = ["sh", "-c", "trap 'exit 0' TERM; sleep 600 & wait"];

/** All rows. */
export async function measure({ lab, socket, say }) {
  const rows = [];
  await life(lab, 2, 2); // warms the runtime
  for (const atOnce of [1, 2, 4, 8, 16]) {
    const { wallMs } = await life(lab, 16, atOnce);
    rows.push(fact(`16 pods, ${atOnce} at once`, wallMs));
  }
  say("pods in parallel");
  let of16;
  for (const [count, rounds] of [
    [1, 5],
    [16, 3],
  ]) {
    const one = [];
    const many = [];
    for (let round = 0; round < rounds; round++) {
      one.push((await life(lab, count, 1)).rpcMs); // one after the other: what the runtime itself takes
      many.push((await life(lab, count, width)).wallMs);
    }
    of16 = median(one);
    rows.push(row(count === 1 ? "1 pod" : `${count} pods`, "their RPCs one after the other", median(many), of16));
  }
  const { wallMs: of64 } = await life(lab, 64, width);
  rows.push(row("64 pods", "four times the RPCs of 16", of64, 4 * of16));
  say("a shell's loop");
  const shellMs = shellLoop(socket, 8);
  const { wallMs } = await life(lab, 8, width);
  rows.push(row("8 pods", "a shell's loop of single commands", wallMs, shellMs));
  say("memory");
  let before = settledMiB();
  for (const more of [32, 64, 96, 128, 160, 192]) {
    await life(lab, 32, width);
    const after = settledMiB();
    const grown = (of) => Math.round((after[of] - before[of]) * 10) / 10;
    rows.push(fact(`32 pods more, ${more} in all`, 0, { rssGrowthMiB: grown("rss"), heapGrowthMiB: grown("heap") }));
    before = after;
  }
  return rows.map(({ ms, ...rest }) => (ms === 0 ? rest : { ms, ...rest }));
}

/** Runs, verifies and removes pods. @returns the time in all, and the sum of what the RPCs took */
async function life(lab, count, atOnce) {
  let rpcMs = 0;
  const connection = await lab.connect({ onCall: ({ durationMs }) => (rpcMs += durationMs) });
  try {
    rpcMs = 0;
    const startedAt = performance.now();
    const made = await bounded(
      Array.from({ length: count }, (_, at) => at),
      atOnce,
      async (at) => {
        const pod = await PodSandbox.run(connection, { name: `bench-${at}` });
        await pod.start({ name: "idle", image: busyboxImage, command: trap });
        return pod;
      },
    );
    const ids = made.map(({ id }) => id);
    const { verdict } = await reportOn(await podsOfRuntime(connection, ids));
    await bounded(made, atOnce, (pod) => pod.remove());
    if (verdict !== "holds") throw new TypeError(`the verdict is '${verdict}'`);
    return { wallMs: performance.now() - startedAt, rpcMs };
  } finally {
    connection.close();
  }
}

/** The same by hand: a command for each step of each pod. */
function shellLoop(socket, count) {
  const folder = mkdtempSync(join(tmpdir(), "crikit-bench-"));
  const script = `
    set -e
    crikit() { "${execPath}" bin/crikit.js -r "${socket}" "$@"; }
    for at in $(seq ${count}); do
      echo "{metadata: {name: loop-$at, namespace: default, uid: uid-$at}}" >${folder}/pod.yaml
      echo '{metadata: {name: idle}, image: {image: "${busyboxImage}"}, command: [sh, -c, "trap \\"exit 0\\" TERM; sleep 600 & wait"]}' >${folder}/container.yaml
      pod=$(crikit runp ${folder}/pod.yaml)
      container=$(crikit create "$pod" ${folder}/container.yaml ${folder}/pod.yaml)
      crikit start "$container" >/dev/null
      crikit inspectp "$pod" >/dev/null
      crikit inspect "$container" >/dev/null
      crikit stopp "$pod" >/dev/null
      crikit rmp "$pod" >/dev/null
    done`;
  try {
    const startedAt = performance.now();
    execFileSync("bash", ["-c", script], { stdio: ["ignore", "ignore", "pipe"] });
    return performance.now() - startedAt;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What this process holds when it has let go of what it can: in all, and of it what JavaScript still reaches. */
function settledMiB() {
  for (let round = 0; round < 3; round++) globalThis.gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  return { rss: rss / 2 ** 20, heap: heapUsed / 2 ** 20 };
}
