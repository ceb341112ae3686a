// `verify` of 1, 50 and 200 real pods with a container each: against the same RPCs and stats and nothing else, and the whole
// command against a shell's loop of inspect and readlink.
import { execFileSync } from "node:child_process";
import { stat } from "node:fs/promises";
import { execPath } from "node:process";
import { bounded } from "../../dist/bounded.js";
import { busyboxImage } from "../../dist/images/lab-images.js";
import { namespaceKinds } from "../../dist/linux/namespace.js";
import { verify } from "../../dist/namespaces/verify.js";
import { containerDetails, podSandboxDetails } from "../../dist/sandbox/details.js";
import { PodSandbox } from "../../dist/sandbox/pod-sandbox.js";
import { inTurns, program, row } from "./measure.js";

const trap = ["sh", "-c", "trap 'exit 0' TERM; sleep 3600 & wait"];
/** How many pods are made or removed at once. */
const width = 8;
/** What verify has under way at once. */
const callsAtOnce = 8;
const core = ["namespace", "border"];

/** Three rows for each number of pods. */
export async function measure({ lab, socket, say }) {
  const connection = await lab.connect();
  const made = [];
  const rows = [];
  try {
    for (const [count, rounds] of [
      [1, 9],
      [50, 7],
      [200, 5],
    ]) {
      const missing = Array.from({ length: count - made.length }, (_, at) => made.length + at);
      await bounded(missing, width, async (at) => {
        const pod = await PodSandbox.run(connection, { name: `verify-${at}` });
        made.push(pod);
        await pod.start({ name: "idle", image: busyboxImage, command: trap });
      });
      const pods = count === 1 ? "1 pod" : `${count} pods`;
      say(`measuring ${pods}`);
      const inside = await inTurns(
        {
          all: () => holds(connection),
          namespaces: () => holds(connection, core),
          floor: () => floor(connection),
        },
        rounds,
      );
      rows.push(row(`${pods}, namespaces alone`, "the same RPCs and stats", inside.namespaces, inside.floor));
      rows.push(row(`${pods}, every check that only looks`, "the same RPCs and stats", inside.all, inside.floor));
      const command = program("bin/crikit.js", "-r", `unix://${socket}`, "verify", "--all");
      const whole = await inTurns({ command }, rounds);
      // Once: of 200 pods it takes minutes, and the command before has warmed what there is to warm.
      rows.push(
        row(`${pods}, the whole command`, "a shell's loop of inspect and readlink", whole.command, shellLoop(socket)),
      );
    }
    return rows;
  } finally {
    await bounded(made, width, (pod) => pod.remove());
    connection.close();
  }
}

async function holds(connection, checks) {
  const { verdict, findings } = await verify(connection, { all: true, nowMs: Date.now(), checks });
  if (verdict !== "holds") throw new TypeError(JSON.stringify(findings.find(({ ok }) => ok !== true)));
}

/** What cannot be done without: two lists, a status each, and a stat of each namespace of each process and of each pin. */
async function floor(connection) {
  const [{ items }, { containers }] = await Promise.all([
    connection.runtime.listPodSandbox({}),
    connection.runtime.listContainers({}),
  ]);
  const all = [
    ...items.map(({ id }) => [podSandboxDetails, id]),
    ...containers.map(({ id }) => [containerDetails, id]),
  ];
  const found = await bounded(all, callsAtOnce, ([details, id]) => details(connection, id));
  await Promise.all(
    found.flatMap(({ verbose: { pid, netnsPath } }) => [
      ...namespaceKinds.map((kind) => stat(`/proc/${pid}/ns/${kind}`, { bigint: true })),
      ...(netnsPath === undefined ? [] : [stat(netnsPath, { bigint: true })]),
    ]),
  );
}

/** What people do today: the pid out of the JSON of each sandbox and container, and its links. It judges nothing. @returns ms */
function shellLoop(socket) {
  const script = `
    set -e
    crikit() { "${execPath}" bin/crikit.js -r "unix://${socket}" "$@"; }
    pidOf() { sed -n 's/^    "pid": \\([0-9]*\\),*$/\\1/p' | head -n 1; }
    for pod in $(crikit pods -q); do
      pid=$(crikit inspectp "$pod" | pidOf)
      readlink /proc/$pid/ns/{net,ipc,uts,pid,mnt,user,cgroup,time}
      for container in $(crikit ps -q --pod "$pod"); do
        pid=$(crikit inspect "$container" | pidOf)
        readlink /proc/$pid/ns/{net,ipc,uts,pid,mnt,user,cgroup,time}
      done
    done`;
  const startedAt = performance.now();
  execFileSync("bash", ["-c", script], { stdio: ["ignore", "ignore", "inherit"] });
  return performance.now() - startedAt;
}
