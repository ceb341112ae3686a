import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Connection } from "../../src/cri/connect.ts";
import { NamespaceMode } from "../../src/cri/messages.ts";
import { busyboxImage } from "../../src/images/lab-images.ts";
import { Lab } from "../../src/lab/lab.ts";
import { Scope } from "../../src/lifetime.ts";
import type { Container } from "../../src/sandbox/container.ts";
import { PodSandbox } from "../../src/sandbox/pod-sandbox.ts";
import { containerds } from "../runtime/labs.ts";
import { FakeRuntime, SocketFolder } from "../unit/rpc/fake-runtime.ts";
import { crikit, crikitLine, ended, onTerminal, runInTerminal, start } from "./crikit.ts";

const idle = ["sh", "-c", "trap 'exit 0' TERM; sleep 600 & wait"];
const busy = ["sh", "-c", "while :; do :; done"];
const redraw = "\u001b[H\u001b[2J";

/** Cells of a table by its heads. The cells hold no two blanks, the columns are two apart at least. */
function rowsOf(text: string): readonly Readonly<Record<string, string>>[] {
  const [head = "", ...rows] = text.trimEnd().split("\n");
  const heads = head.split(/ {2,}/u);
  return rows.map((row) => Object.fromEntries(row.split(/ {2,}/u).map((cell, at) => [heads[at] ?? "", cell])));
}

/** Runs `crikit ...argv` on a terminal of its own until there is enough to be seen, and presses Ctrl-C then. */
async function interruptedInTerminal(argv: readonly string[], isEnough: (text: string) => boolean) {
  const child = onTerminal([crikitLine(), ...argv].join(" "));
  const whole = ended(child);
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => {
    if (isEnough(text)) return;
    text += chunk.toString();
    if (isEnough(text)) child.stdin.write("\u0003");
  });
  const { stdout, code } = await whole;
  return { text: stdout.replaceAll("\r\n", "\n"), code };
}

describe.each(containerds)("on $name", ({ path }) => {
  const scope = new Scope();
  let lab: Lab;
  let line: Connection;
  let web: PodSandbox;
  let bare: string;
  let app: Container;
  let helper: Container;
  let job: Container;
  const run = (...argv: string[]) => crikit(["-r", lab.endpoint, ...argv]);
  const rows = async (...argv: string[]) => rowsOf((await run(...argv)).stdout);
  const short = ({ id }: { readonly id: string }): string => id.slice(0, 13);

  beforeAll(async () => {
    lab = await Lab.start({ name: `cli-stats-${process.pid}`, containerd: path, ephemeral: true });
    scope.defer(() => lab.down());
    line = scope.use(await lab.connect());
    web = scope.use(await PodSandbox.run(line, { name: "web", namespace: "shop", labels: { tier: "front" } }));
    app = await web.start({
      name: "app",
      image: busyboxImage,
      command: busy,
      config: { linux: { resources: { memoryLimitInBytes: 64_000_000n, cpuPeriod: 100_000n, cpuQuota: 30_000n } } },
    });
    helper = await web.start({ name: "helper", image: busyboxImage, command: idle });
    job = await web.start({ name: "job", image: busyboxImage, command: ["true"] });
    while ((await job.details()).status.finishedAt === 0n) continue;
    // As a config without a cgroup_parent makes it.
    const metadata = { name: "bare", namespace: "shop", uid: "bare-uid", attempt: 0 };
    const namespaceOptions = { network: NamespaceMode.NODE, pid: NamespaceMode.CONTAINER };
    const config = { metadata, linux: { securityContext: { namespaceOptions } } };
    ({ podSandboxId: bare } = await line.runtime.runPodSandbox({ config }));
    scope.defer(async () => {
      await line.runtime.stopPodSandbox({ podSandboxId: bare });
      await line.runtime.removePodSandbox({ podSandboxId: bare });
    });
  });
  afterAll(() => scope[Symbol.asyncDispose]());

  describe("stats", () => {
    test("is crictl's table of what runs, by id, with the share of a core that each has used", async () => {
      const { stdout, stderr, code } = await run("stats");
      expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
      expect(stdout.split("\n")[0]).toBe(
        "CONTAINER           NAME                CPU %               MEM                 DISK                INODES              SWAP",
      );
      const found = rowsOf(stdout);
      expect(found.map((row) => row["CONTAINER"])).toEqual([short(app), short(helper)].toSorted());
      const [running, idling] = ["app", "helper"].map((name) => found.find((row) => row["NAME"] === name));
      expect(running?.["CPU %"]).toMatch(/^\d+\.\d\d$/u);
      expect(Number(running?.["CPU %"])).toBeGreaterThan(5); // it may use three tenths of a core
      expect(Number(running?.["CPU %"])).toBeLessThan(60);
      expect(Number(idling?.["CPU %"])).toBeLessThan(5);
      expect(running?.["MEM"]).toMatch(/^[\d.]+(kB|MB)$/u);
    });

    test("shows those that do not run with -a, and one that is named", async () => {
      const stopped = expect.objectContaining({ CONTAINER: short(job), "CPU %": "0.00", MEM: "0B" }) as object;
      expect(await rows("stats", "-a", "-s", "0.1")).toEqual(expect.arrayContaining([stopped]) as unknown[]);
      expect(await rows("stats", "shop/web/job", "-s", "0.1")).toEqual([stopped]);
      expect(await rows("stats", job.id, helper.id, "-s", "0.1")).toHaveLength(2);
    });

    test("chooses by pod, label and id", async () => {
      const ids = async (...argv: string[]) => (await run("stats", "-q", "--seconds=0", ...argv)).stdout;
      expect((await ids("--pod", "web")).trim().split("\n")).toEqual([app.id, helper.id].toSorted());
      expect(await ids("-p", bare)).toBe("");
      expect(await ids("--id", app.id.slice(0, 8))).toBe(`${app.id}\n`);
      expect(await ids("--label", "a=b")).toBe("");
    });

    test("is wide with limits, processes, bytes and pods, as the cgroups of this machine have them", async () => {
      const found = await rows("stats", "-o", "wide", "-s", "0.1", "--sort", "name");
      expect(found[0]).toMatchObject({
        NAME: "app",
        "MEM LIMIT": "64MB",
        "CPU LIMIT": "0.3",
        PIDS: "1",
        POD: "web",
        NAMESPACE: "shop",
      });
      expect(found[1]).toMatchObject({ NAME: "helper", "CPU LIMIT": "--", PIDS: "2" });
      expect(found[0]?.["READ"]).toMatch(/^[\d.]+k?B$/u);
    });

    test("is one sample as the runtime tells it in JSON", async () => {
      const { stats } = JSON.parse((await run("stats", "-o", "json", app.id)).stdout) as { stats: unknown[] };
      expect(stats).toEqual([
        expect.objectContaining({
          attributes: expect.objectContaining({
            id: app.id,
            metadata: { name: "app", attempt: 0 },
            annotations: {},
          }) as object,
          memory: expect.objectContaining({
            workingSetBytes: { value: expect.stringMatching(/^\d+$/u) as string },
          }) as object,
        }),
      ]);
      const all = JSON.parse((await run("stats", "-o", "json")).stdout) as { stats: unknown[] };
      expect(all.stats).toHaveLength(3);
      expect(JSON.parse((await run("stats", "-o", "json", "--label", "a=b")).stdout)).toEqual({ stats: [] });
    });

    test("tells of one that is not there, and shows the others", async () => {
      const nobody = "0".repeat(64);
      expect(await run("stats", nobody)).toMatchObject({
        code: 1,
        stderr: expect.stringContaining(`'${nobody}'`) as string,
      });
      const end = await run("stats", nobody, app.id, "-s", "0.1");
      expect(end).toMatchObject({ code: 1, stderr: expect.stringContaining(`no container '${nobody}'`) as string });
      expect(rowsOf(end.stdout)).toHaveLength(1);
      expect(await run("stats", "nope")).toMatchObject({ code: 1, stdout: "" });
    });
  });

  describe("--watch", () => {
    /** Runs until it has printed `times` heads, then interrupts it. */
    async function watched(argv: readonly string[], head: string, times: number) {
      const child = start(["-r", lab.endpoint, ...argv]);
      const whole = ended(child);
      let text = "";
      const enough = new Promise<void>((resolve) => {
        child.stdout?.on("data", (chunk: Buffer) => {
          text += chunk.toString();
          if (text.split(head).length > times) resolve();
        });
      });
      await Promise.race([enough, whole]);
      child.kill("SIGINT");
      return whole;
    }

    test("prints a table per look into a pipe, never clears it, and an interruption is its end", async () => {
      const end = await watched(["stats", "-w", "-s", "0.2", app.id], "CONTAINER ", 3);
      expect({ code: end.code, stderr: end.stderr }).toEqual({ code: 0, stderr: "" });
      expect(end.stdout).not.toContain("\u001b");
      const tables = end.stdout.split(/^(?=CONTAINER )/mu);
      expect(tables.length).toBeGreaterThanOrEqual(3);
      for (const one of tables) expect(rowsOf(one)[0]?.["CPU %"]).toMatch(/^\d+\.\d\d$/u);
    });

    test("is a document per look as JSON", async () => {
      const end = await watched(["stats", "-w", "-s", "0.1", app.id, "-o", "jsonl"], '"attributes"', 2);
      expect(end.code).toBe(0);
      const lines = end.stdout.trimEnd().split("\n");
      for (const each of lines) expect(JSON.parse(each)).toMatchObject({ attributes: { id: app.id } });
    });

    test("redraws in place on a terminal, and shows at once what is known at once", async () => {
      const argv = ["-r", lab.endpoint, "stats", "-w", "-s", "0.3", app.id];
      const { text, code } = await interruptedInTerminal(argv, (seen) => seen.split(redraw).length > 3);
      expect(code).toBe(0);
      const looks = text.replace("^C", "").split(redraw);
      expect(looks[0]).toBe("");
      expect(rowsOf(looks[1] ?? "")[0]).toMatchObject({ CONTAINER: short(app), "CPU %": "--" });
      expect(rowsOf(looks[2] ?? "")[0]?.["CPU %"]).toMatch(/^\d+\.\d\d$/u);
      expect(looks.at(-1)).toMatch(/\n$/u); // the cursor stands below the table
    });

    test("works for pods as well", async () => {
      const end = await watched(["statsp", "-w", "-s", "0.2", "web"], "POD ID", 2);
      expect({ code: end.code, stderr: end.stderr }).toEqual({ code: 0, stderr: "" });
    });

    test("without a pause is refused", async () => {
      for (const name of ["stats", "statsp", "metricsp"]) {
        expect(await run(name, "-w", "-s", "0")).toMatchObject({ code: 2, stdout: "" });
      }
    });
  });

  describe("statsp", () => {
    test("measures every pod that has a cgroup, and says why another is empty", async () => {
      const { stdout, stderr, code } = await run("statsp");
      expect(stdout.split("\n")[0]).toBe("POD                 POD ID              CPU %               MEM");
      const found = rowsOf(stdout);
      expect(found.map((row) => row["POD ID"])).toEqual([short(web), short({ id: bare })].toSorted());
      const measured = found.find((row) => row["POD"] === "web");
      expect(Number(measured?.["CPU %"])).toBeGreaterThan(5);
      expect(measured?.["MEM"]).toMatch(/^[\d.]+[kM]B$/u);
      expect(stdout).toMatch(/^bare +[0-9a-f]{13} +-- +-- +it has no cgroup_parent$/mu);
      expect(stderr).toBe(
        "crikit: no measurements of pod sandbox shop/bare: it has no cgroup_parent\n" +
          "hint: containerd measures the cgroup that linux.cgroup_parent of the pod's config names: make the pod with one\n",
      );
      expect(code).toBe(1);
    });

    test("succeeds where all that is asked for can be measured", async () => {
      expect(await run("statsp", "shop/web", "-s", "0.1")).toMatchObject({ code: 0, stderr: "" });
      expect(await rows("statsp", "--label", "tier=front", "-s", "0.1")).toHaveLength(1);
      expect(await rows("statsp", web.id, "-s", "0.1")).toMatchObject([{ POD: "web" }]);
      expect(await rows("statsp", "--id", web.id.slice(0, 9), "-s", "0.1")).toMatchObject([{ POD: "web" }]);
    });

    test("is wide with processes, containers and traffic", async () => {
      const [pod] = await rows("statsp", "web", "-o", "wide", "-s", "0.1");
      expect(pod).toMatchObject({ POD: "web", CONTAINERS: "2", NAMESPACE: "shop" });
      expect(pod?.["SENT"]).toMatch(/^[\d.]+k?B$/u);
    });

    test("is crictl's JSON of those that could be measured, or a line each", async () => {
      const end = await run("statsp", "-o", "json");
      expect(end.code).toBe(1);
      const json = JSON.parse(end.stdout) as { stats: { attributes: object; linux: { cpu: object } }[] };
      expect(json.stats).toHaveLength(1);
      expect(json.stats[0]?.attributes).toMatchObject({ id: web.id, metadata: { name: "web", namespace: "shop" } });
      expect(json.stats[0]?.linux.cpu).toMatchObject({ usageCoreNanoSeconds: { value: expect.any(String) as string } });
      const lines = (await run("statsp", "-o", "jsonl")).stdout.trimEnd().split("\n");
      expect(lines.map((each) => (JSON.parse(each) as (typeof json.stats)[0])?.attributes)).toEqual([
        json.stats[0]?.attributes,
      ]);
    });

    test("shows pods row by row on a terminal, under one head, and clears nothing", async () => {
      const text = await runInTerminal(["-r", lab.endpoint, "statsp", "-s", "0.2"], { NO_COLOR: "1" });
      expect(text).not.toContain("\u001b[2J");
      expect(text.match(/^POD +POD ID/gmu)).toHaveLength(1);
      expect(text).toMatch(/^web +[0-9a-f]{13} +\d+\.\d\d +[\d.]+[kM]B$/mu);
      expect(text).toMatch(/^bare +[0-9a-f]{13} +-- +-- +it has no cgroup_parent$/mu);
    });

    test("says of a pod that is stopped that it is not ready, and leaves it out where it is not named", async () => {
      const pod = await PodSandbox.run(line, { name: "stopped", namespace: "shop", labels: { tier: "back" } });
      try {
        await line.runtime.stopPodSandbox({ podSandboxId: pod.id });
        expect(await rows("statsp", "--label", "tier=back", "-s", "0.1")).toEqual([]);
        const end = await run("statsp", "stopped", "-s", "0.1");
        expect(end.stderr).toBe("crikit: no measurements of pod sandbox shop/stopped: it is not ready\n");
        expect(end.code).toBe(1);
      } finally {
        await pod.remove();
      }
      const gone = await run("statsp", pod.id, "-s", "0.1");
      expect(gone).toMatchObject({
        code: 1,
        stdout: "POD                 POD ID              CPU %               MEM\n",
      });
      expect(gone.stderr).toContain("not found");
    });
  });

  describe("top", () => {
    test("is what runs, what uses most CPU first, with its pod; once where nobody watches", async () => {
      const end = await run("top", "-s", "0.5");
      expect({ stderr: end.stderr, code: end.code }).toEqual({ stderr: "", code: 0 });
      expect(rowsOf(end.stdout)).toMatchObject([
        { POD: "web", NAME: "app", CONTAINER: short(app) },
        { POD: "web", NAME: "helper", CONTAINER: short(helper) },
      ]);
      expect(rowsOf((await run("top", "-s", "0.1", "-n", "1", "--sort", "-name")).stdout)).toMatchObject([
        { NAME: "helper" },
      ]);
      // Its quota is told out every 100 ms: within so short a time it may have used nothing.
      const json = JSON.parse((await run("top", "-s", "0.5", "-n", "1", "-o", "json")).stdout) as unknown;
      expect(json).toEqual({
        containers: [
          {
            id: app.id,
            name: "app",
            pod: "web",
            namespace: "shop",
            cpuPercent: expect.any(Number) as number,
            memoryBytes: expect.stringMatching(/^\d+$/u) as string,
          },
        ],
      });
    });

    test("goes on on a terminal until it is interrupted", async () => {
      const argv = ["-r", lab.endpoint, "top", "-s", "0.1"];
      const { code } = await interruptedInTerminal(argv, (seen) => seen.split(redraw).length > 3);
      expect(code).toBe(0);
      expect(await runInTerminal(["-r", lab.endpoint, "top", "-s", "0.1", "--no-watch"])).not.toContain(redraw);
    });

    test("lists the processes of a container, with their pids in it and here", async () => {
      const { verbose } = await helper.details();
      const found = await rows("top", "web/helper");
      expect(found[0]).toMatchObject({ PID: "1", "HOST PID": String(verbose.pid), USER: "root" });
      expect(found[0]?.["COMMAND"]).toContain("trap 'exit 0' TERM");
      expect(found[1]?.["COMMAND"]).toBe("sleep 600");
      const exec = helper.execSync(["sh", "-c", "exec sleep 7"], { timeoutMs: 30_000 }).catch(() => undefined);
      await expect
        .poll(async () => (await rows("top", helper.id)).map((row) => row["COMMAND"]), { timeout: 7_000 })
        .toContain("sleep 7");
      await exec;
    });

    test("lists those of all containers of a pod that run", async () => {
      const found = await rows("top", "shop/web");
      expect(new Set(found.map((row) => row["CONTAINER"]))).toEqual(new Set(["app", "helper"]));
      expect(await rows("top", web.id)).toHaveLength(found.length);
    });

    test("says why there are none", async () => {
      const end = await run("top", job.id);
      expect(end.code).toBe(1);
      expect(end.stderr).toBe(`crikit: container job (${short(job)}) has no processes: its state is exited\n`);
      expect(await run("top", "nope")).toMatchObject({
        code: 1,
        stdout: "",
        stderr: expect.stringContaining("no container and no pod sandbox 'nope'") as string,
      });
    });
  });

  test.each(["metricsp", "metricdescs"])("%s, which this version does not have, is one clear line", async (name) => {
    const { stdout, stderr, code } = await run(name);
    expect({ stdout, code }).toEqual({ stdout: "", code: 1 });
    const [first, ...others] = stderr.trimEnd().split("\n");
    expect(first).toMatch(
      /^crikit: containerd \S+ on unix:\S+ does not implement List(PodSandboxMetrics|MetricDescriptors)$/u,
    );
    expect(others).toEqual(["hint: a newer version of the runtime may have it"]);
  });
});

describe("a runtime that has metrics", () => {
  const podMetrics = [
    { podSandboxId: "p".repeat(64), metrics: [{ name: "rx", value: { value: 7n }, labelValues: ["eth0"] }] },
  ];
  const descriptors = [{ name: "rx", help: "Bytes received", labelKeys: ["interface"] }];

  test("tells them as JSON, and as tables where that is asked for", async () => {
    using folder = new SocketFolder();
    await using _ = await FakeRuntime.listen(folder.socket(), {
      listPodSandboxMetrics: (_call, done) => done(null, { podMetrics }),
      listMetricDescriptors: (_call, done) => done(null, { descriptors }),
    });
    const run = (...argv: string[]) => crikit(["-r", folder.socket(), ...argv]);
    expect(JSON.parse((await run("metricsp")).stdout)).toEqual({
      podMetrics: [
        {
          podSandboxId: "p".repeat(64),
          metrics: [
            { name: "rx", timestamp: "0", metricType: "COUNTER", labelValues: ["eth0"], value: { value: "7" } },
          ],
          containerMetrics: [],
        },
      ],
    });
    expect(JSON.parse((await run("metricdescs")).stdout)).toEqual({ descriptors });
    expect((await run("metricsp", "-o", "table")).stdout).toMatch(/\np{13} +rx +counter +7 +eth0\n$/u);
    expect((await run("metricdescs", "-o", "table")).stdout).toMatch(/\nrx +interface +Bytes received\n$/u);
  });
});

describe("a runtime that is slow with one pod", () => {
  test("is not waited for before the others are shown, and its answer is an error in time", async () => {
    using folder = new SocketFolder();
    await using _ = await FakeRuntime.listen(folder.socket(), {
      listPodSandbox: (_call: unknown, done: (error: null, answer: object) => void) =>
        done(null, {
          items: ["a", "b", "c"].map((name) => ({ id: name.repeat(64), metadata: { name, namespace: "shop" } })),
        }),
      podSandboxStats: (
        { request }: { request: { podSandboxId: string } },
        done: (error: null, answer: object) => void,
      ) => {
        if (!request.podSandboxId.startsWith("a")) done(null, { stats: { attributes: { id: request.podSandboxId } } });
      },
    } as never);
    const end = await crikit(["-r", folder.socket(), "--timeout", "1.5s", "statsp", "-o", "jsonl"]);
    expect(
      end.stdout
        .trimEnd()
        .split("\n")
        .map((each) => (JSON.parse(each) as { attributes: { id: string } }).attributes.id[0]),
    ).toEqual(["b", "c"]);
    expect(end).toMatchObject({ code: 1 });
    expect(end.stderr).toMatch(/^crikit: no measurements of pod sandbox shop\/a: .*took longer than 1500 ms\n/u);
  });
});

test.each([
  ["1.6.20~ds1", 1],
  ["1.7.24", 8],
])("containerd %s is asked for %d pods at once, as many as it survives", async (runtimeVersion, expected) => {
  using folder = new SocketFolder();
  let [running, most] = [0, 0];
  await using _ = await FakeRuntime.listen(folder.socket(), {
    version: (_call: unknown, done: (error: null, answer: object) => void) =>
      done(null, { version: "0.1.0", runtimeName: "containerd", runtimeVersion, runtimeApiVersion: "v1" }),
    listPodSandbox: (_call: unknown, done: (error: null, answer: object) => void) =>
      done(null, { items: Array.from({ length: 20 }, (_item, at) => ({ id: String(at), metadata: { name: "pod" } })) }),
    podSandboxStats: (
      { request }: { request: { podSandboxId: string } },
      done: (error: null, answer: object) => void,
    ) => {
      most = Math.max(most, ++running);
      setTimeout(() => {
        running--;
        done(null, { stats: { attributes: { id: request.podSandboxId } } });
      }, 10);
    },
  } as never);
  const end = await crikit(["-r", folder.socket(), "statsp", "-s", "0.01", "-q", "--sort", "cpu"]);
  expect({ code: end.code, rows: end.stdout.trimEnd().split("\n").length, most }).toEqual({
    code: 0,
    rows: 20,
    most: expected,
  });
});
