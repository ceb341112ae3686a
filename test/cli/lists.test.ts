import { symlinkSync, mkdtempSync, rmSync } from "node:fs";
import { spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Connection } from "../../src/cri/connect.ts";
import { busyboxImage } from "../../src/images/lab-images.ts";
import { Lab } from "../../src/lab/lab.ts";
import { namespaceOf } from "../../src/linux/namespace.ts";
import { Scope } from "../../src/lifetime.ts";
import type { Container } from "../../src/sandbox/container.ts";
import { PodSandbox } from "../../src/sandbox/pod-sandbox.ts";
import { containerds } from "../runtime/labs.ts";
import { crikit, crikitPath, ended, start } from "./crikit.ts";

const sleep = ["sh", "-c", "trap 'exit 0' TERM; sleep 600 & wait"];

describe.each(containerds)("lists on $name", ({ path, version }) => {
  const scope = new Scope();
  let lab: Lab;
  let line: Connection;
  let web: PodSandbox;
  let blog: PodSandbox;
  let app: Container;
  let job: Container;
  const run = (...argv: string[]) => crikit(["-r", lab.endpoint, ...argv]);
  const json = async (...argv: string[]): Promise<unknown> => JSON.parse((await run(...argv)).stdout);

  beforeAll(async () => {
    lab = await Lab.start({ name: `cli-lists-${process.pid}`, containerd: path, ephemeral: true });
    scope.defer(() => lab.down());
    line = scope.use(await lab.connect());
    web = scope.use(await PodSandbox.run(line, { name: "web", namespace: "shop", labels: { tier: "front" } }));
    blog = scope.use(await PodSandbox.run(line, { name: "blog", namespace: "shop" }));
    app = await web.start({ name: "app", image: busyboxImage, command: sleep });
    job = await blog.start({ name: "job", image: busyboxImage, command: ["true"] });
    await blog.start({ name: "app", image: busyboxImage, command: sleep });
    while ((await job.details()).status.finishedAt === 0n) continue;
  });
  afterAll(() => scope[Symbol.asyncDispose]());

  describe("pods", () => {
    test("are a table with crictl's columns, the newest first", async () => {
      const { stdout, stderr, code } = await run("pods");
      const [head, ...rows] = stdout.trimEnd().split("\n");
      expect(head).toBe(
        "POD ID              CREATED             STATE               NAME                NAMESPACE           ATTEMPT             RUNTIME".replace(
          "CREATED             ",
          "CREATED".padEnd(rows[0]!.indexOf("Ready") - 20),
        ),
      );
      expect(rows[0]).toMatch(
        new RegExp(
          `^${blog.id.slice(0, 13)} {7}(Less than a|\\d+) seconds? ago +Ready +blog +shop +0 +\\(default\\)$`,
          "u",
        ),
      );
      expect(rows[1]).toContain(" web ");
      expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
    });

    test("are chosen by name, namespace, label, state and number", async () => {
      const names = async (...argv: string[]) => (await run("pods", "-o", "name", ...argv)).stdout.trim().split("\n");
      expect(await names()).toEqual(["shop/blog", "shop/web"]);
      expect(await names("--name", "^w")).toEqual(["shop/web"]);
      expect(await names("--namespace", "nope")).toEqual([""]);
      expect(await names("--label", "tier=front")).toEqual(["shop/web"]);
      expect(await names("-l")).toEqual(["shop/blog"]);
      expect(await names("-n", "1", "--sort", "name")).toEqual(["shop/blog"]);
      expect(await names("--sort", "-name")).toEqual(["shop/web", "shop/blog"]);
      expect(await names("--state", "NotReady")).toEqual([""]);
      expect(await names("--id", web.id.slice(0, 10))).toEqual(["shop/web"]);
    });

    test("are protojson with defaults, as CRI's answer is shaped", async () => {
      expect(await json("pods", "-o", "json", "--name", "web")).toEqual({
        items: [
          {
            id: web.id,
            metadata: { name: "web", uid: expect.any(String) as string, namespace: "shop", attempt: 0 },
            state: "SANDBOX_READY",
            createdAt: expect.stringMatching(/^\d{19}$/u) as string,
            labels: expect.objectContaining({ tier: "front" }) as object,
            annotations: {},
            runtimeHandler: "",
          },
        ],
      });
      expect(await json("pods", "-o", "json", "--name", "nope")).toEqual({ items: [] });
    });

    test("are wide with the process, the addresses and the network namespace that are really theirs", async () => {
      const { status, verbose } = await web.details();
      const { ino } = await namespaceOf(verbose.pid!, "net");
      const { stdout } = await run("pods", "-o", "wide", "--name", "web");
      expect(stdout).toMatch(new RegExp(`${verbose.pid!} +${status.network!.ip}[,0-9a-f:]* +net:\\[${ino}\\]$`, "mu"));
    });
  });

  describe("ps", () => {
    test("shows what runs, and all under -a, with crictl's columns", async () => {
      const running = (await run("ps", "-o", "name")).stdout.trim().split("\n");
      expect(running).toEqual(["blog/app", "web/app"]);
      const { stdout } = await run("ps", "-a");
      expect(stdout).toMatch(/^CONTAINER +IMAGE +CREATED +STATE +NAME +ATTEMPT +POD ID +POD +NAMESPACE\n/u);
      expect(stdout).toMatch(
        new RegExp(
          `^${job.id.slice(0, 13)} +localhost/crikit/busybox:lab .* Exited +job +0 +${blog.id.slice(0, 13)} +blog +shop$`,
          "mu",
        ),
      );
      expect(stdout).toMatch(/ Running +app +0 .* web +shop$/mu);
    });

    test("is narrowed by pod, by name, by image and by state", async () => {
      const ids = async (...argv: string[]) => (await run("ps", "-q", ...argv)).stdout.trim().split("\n");
      expect(await ids("--pod", "web")).toEqual([app.id]);
      expect(await ids("-p", web.id)).toEqual([app.id]);
      expect(await ids("--state", "exited")).toEqual([job.id]);
      expect(await ids("-a", "--name", "job|none")).toEqual([job.id]);
      expect(await ids("--namespace", "shop")).toHaveLength(2);
      expect(await ids("--namespace", "nope")).toEqual([""]);
      expect(await ids("-a", "--image", busyboxImage)).toHaveLength(3);
      expect(await ids("-a", "--image", "localhost/other:1")).toEqual([""]);
      expect(await ids("-aql")).toHaveLength(1);
      const { code, stderr } = await run("ps", "--pod", "nope");
      expect({ code, stderr }).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("no pod sandbox 'nope'") as string,
      });
    });

    test("resolves the image's name with one list", async () => {
      const { stdout } = await run("ps", "-r", "--pod", "web");
      expect(stdout).toContain("localhost/crikit/busybox:lab");
    });
  });

  describe("inspect", () => {
    test("finds a container by any of its names, and merges the runtime's own info", async () => {
      const byId = await run("inspect", app.id);
      expect(JSON.parse(byId.stdout)).toMatchObject({
        info: { pid: (await app.details()).verbose.pid, sandboxID: web.id, runtimeSpec: { process: { args: sleep } } },
        status: {
          id: app.id,
          state: "CONTAINER_RUNNING",
          createdAt: expect.stringMatching(/^\d{4}-.*T.*(Z|[+-]\d\d:\d\d)$/u) as string,
          finishedAt: "0001-01-01T00:00:00Z",
          exitCode: 0,
        },
      });
      for (const name of [app.id.slice(0, 20), "web/app", "shop/web/app"]) {
        expect((await run("inspect", name)).stdout, name).toBe(byId.stdout);
      }
    });

    test("shows several as an array, and what it could not find last", async () => {
      const end = await run("inspect", "-q", app.id, job.id, "0".repeat(64));
      expect(JSON.parse(end.stdout)).toMatchObject([{ status: { id: app.id } }, { status: { id: job.id } }]);
      expect(end.stdout).not.toContain('"info"');
      expect(end).toMatchObject({ code: 1, stderr: expect.stringContaining("0".repeat(64)) as string });
    });

    test("says which of two is meant, and that nothing was done", async () => {
      const { code, stderr, stdout } = await run("inspect", "app");
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      expect(stderr).toContain("'app' means 2 containers: ");
      expect(stderr).toContain(app.id.slice(0, 13));
    });

    test("takes crictl's filters, and finding nothing is a failure", async () => {
      expect(await json("inspect", "--name", "job", "-a")).toMatchObject({ status: { state: "CONTAINER_EXITED" } });
      expect(await run("inspect", "--name", "nope")).toMatchObject({ code: 1, stdout: "" });
      expect(await run("inspect")).toMatchObject({ code: 2, stdout: "" });
    });

    test("shows a pod with its addresses", async () => {
      const { status, verbose } = await web.details();
      expect(await json("inspectp", "web")).toMatchObject({
        status: { id: web.id, state: "SANDBOX_READY", network: { ip: status.network!.ip } },
        info: { pid: verbose.pid },
      });
      const { stdout } = await run("inspectp", "shop/web", "-o", "table");
      expect(stdout).toContain(`\nNetwork Namespace: ${verbose.netnsPath!}\n`);
    });
  });

  test("info has the conditions, and the runtime's own info beside them", async () => {
    expect(await json("info")).toMatchObject({
      status: {
        conditions: expect.arrayContaining([
          { type: "RuntimeReady", status: true, reason: "", message: "" },
          { type: "NetworkReady", status: true, reason: "", message: "" },
        ]) as unknown[],
      },
      config: { containerd: expect.anything() as unknown },
      golang: expect.stringMatching(/^go/u) as string,
      runtimeHandlers: expect.any(Array) as unknown[],
    });
    expect(Object.keys((await json("info", "-q")) as object)).not.toContain("config");
  });

  test("runtime-config tells the cgroup driver where the runtime does, and who does not", async () => {
    const end = await run("runtime-config");
    if (version.startsWith("1.")) {
      expect(end).toMatchObject({ code: 1, stdout: "" });
      expect(end.stderr).toMatch(/^crikit: containerd 1\..* does not implement RuntimeConfig\nhint: /u);
    } else expect(end).toMatchObject({ code: 0, stdout: "cgroup driver:   CGROUPFS\n" });
  });

  test("under the name crictl the same commands run", async () => {
    const folder = mkdtempSync(join(tmpdir(), "crikit-name-"));
    try {
      symlinkSync(crikitPath, join(folder, "crictl"));
      const ps = await ended(spawn(join(folder, "crictl"), ["-r", lab.endpoint, "ps", "-q"]));
      expect(ps).toMatchObject({ code: 0, stdout: (await run("ps", "-q")).stdout });
      const wrong = await ended(spawn(join(folder, "crictl"), ["pss"]));
      expect(wrong).toMatchObject({
        code: 2,
        stderr: "crikit: 'pss' is not a command of crictl (did you mean 'ps'?)\nhint: see 'crictl --help'\n",
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("--watch prints again what has changed, and ends quietly when interrupted", async () => {
    const child = start(["-r", lab.endpoint, "pods", "--watch", "-o", "jsonl"]);
    const end = ended(child);
    let seen = "";
    const lines = async (count: number): Promise<readonly { metadata: { name: string } }[]> => {
      for (;;) {
        const whole = seen.split("\n").slice(0, -1);
        if (whole.length >= count) return whole.map((text) => JSON.parse(text) as { metadata: { name: string } });
        await new Promise((resolve) => child.stdout!.once("data", resolve));
      }
    };
    child.stdout!.on("data", (chunk: Buffer) => (seen += chunk.toString()));
    expect((await lines(2)).map(({ metadata }) => metadata.name)).toEqual(["blog", "web"]);
    await using pod = await PodSandbox.run(line, { name: "late" });
    expect((await lines(3))[2]).toMatchObject({ id: pod.id, state: "SANDBOX_READY" });
    child.kill("SIGINT");
    expect(await end).toMatchObject({ code: 0, stderr: "" });
  });
});
