// All of it, in one table and, with --json FILE, as JSON. Called by hack/bench.
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { argv, pid, version as nodeVersion } from "node:process";
import { podsOfRuntime } from "../../dist/namespaces/pods-of-runtime.js";
import { reportOn } from "../../dist/namespaces/report.js";
import { busyboxImage } from "../../dist/images/lab-images.js";
import { Lab } from "../../dist/lab/lab.js";
import { PodSandbox } from "../../dist/sandbox/pod-sandbox.js";
import { call, open } from "./bare-http2.js";
import { lists } from "./lists.js";
import { inTurns, median, program, row } from "./measure.js";

const starts = 15;
const calls = 300;
const runs = 5;

const lab = await Lab.start({ name: `bench-${pid}`, ephemeral: true });
try {
  const socket = lab.endpoint.slice("unix://".length);
  const rows = [...(await startUp(socket)), ...(await warmCalls(socket)), ...(await lists(runs)), ...(await pods())];
  const machine = {
    node: nodeVersion,
    cpus: cpus().length,
    cpu: cpus()[0]?.model,
    containerd: lab.record.containerd.version,
  };
  console.log(
    `Node ${machine.node}, ${machine.cpus} × ${machine.cpu}, containerd ${machine.containerd}; medians in ms\n`,
  );
  console.table(rows);
  const at = argv.indexOf("--json");
  if (at > 0) writeFileSync(argv[at + 1], `${JSON.stringify({ machine, rows }, null, 2)}\n`);
} finally {
  await lab.down();
}

async function startUp(socket) {
  const crikit = (...args) => program("bin/crikit.js", "-r", socket, ...args);
  const ms = await inTurns(
    {
      node: program("-e", "0"),
      http2: program("test/bench/bare-http2.js", socket, "/runtime.v1.RuntimeService/ListPodSandbox"),
      help: crikit("--help"),
      version: crikit("version"),
      ps: crikit("ps", "-q"),
      list: program("test/bench/list-program.js", socket),
    },
    starts,
  );
  return [
    row("crikit --help", "node -e 0", ms.help, ms.node),
    row("crikit version", "node -e 0", ms.version, ms.node),
    row("crikit ps -q", "node -e 0", ms.ps, ms.node),
    row("crikit ps -q", "one call over bare http2", ms.ps, ms.http2),
    row("a program that lists pods once", "the same over bare http2", ms.list, ms.http2),
  ];
}

async function warmCalls(socket) {
  const connection = await lab.connect();
  const session = open(socket);
  await connection.runtime.listPodSandbox({}); // learns that there is no streamed form
  const ms = await inTurns(
    {
      version: () => connection.runtime.version({}),
      versionFloor: () => call(session, "/runtime.v1.RuntimeService/Version"),
      list: () => connection.runtime.listPodSandbox({}),
      listFloor: () => call(session, "/runtime.v1.RuntimeService/ListPodSandbox"),
      // 32 at once: the time of all of them.
      many: () => Promise.all(Array.from({ length: 32 }, () => connection.runtime.version({}))),
      manyFloor: () =>
        Promise.all(Array.from({ length: 32 }, () => call(session, "/runtime.v1.RuntimeService/Version"))),
    },
    calls,
  );
  session.close();
  connection.close();
  return [
    row("Version, warm", "bare http2", ms.version, ms.versionFloor),
    row("32 Versions at once, warm", "bare http2", ms.many, ms.manyFloor),
    row("ListPodSandbox, warm", "bare http2", ms.list, ms.listFloor),
  ];
}

/** From RunPodSandbox to the verdict, against the runtime's own time for the same RPCs one after the other. */
async function pods() {
  const rows = [];
  for (const count of [1, 16, 64]) {
    const walls = [];
    const sums = [];
    for (let run = 0; run < runs; run++) {
      let sum = 0;
      const connection = await lab.connect({ onCall: ({ durationMs }) => (sum += durationMs) });
      sum = 0;
      const startedAt = performance.now();
      const made = await inParallel(count, 4, async (at) => {
        const pod = await PodSandbox.run(connection, { name: `bench-${run}-${at}` });
        await pod.start({ name: "idle", image: busyboxImage, command: ["sleep", "600"] });
        return pod;
      });
      const { verdict } = await reportOn(
        await podsOfRuntime(
          connection,
          made.map(({ id }) => id),
        ),
      );
      walls.push(performance.now() - startedAt);
      sums.push(sum);
      if (verdict !== "holds") throw new TypeError(`the verdict is '${verdict}'`);
      await inParallel(count, 4, (at) => made[at].remove());
      connection.close();
    }
    rows.push(
      row(
        `${count} pod${count === 1 ? "" : "s"}, created to verdict`,
        "the sum of the RPCs",
        median(walls),
        median(sums),
      ),
    );
  }
  return rows;
}

/** `count` things, `width` at a time: two cores have no use for more. */
async function inParallel(count, width, make) {
  const made = [];
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const at = next++;
      made[at] = await make(at);
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  return made;
}
