import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { busyboxImage } from "../../src/images/lab-images.ts";
import { containerds } from "../runtime/labs.ts";
import { ended, start } from "./crikit.ts";
import { idle, nothingStranded, Workshop } from "./making.ts";

const id = "[0-9a-f]{64}";

describe.each(containerds)("run on $name", ({ path, version }) => {
  let shop: Workshop;
  const run = (...argv: string[]) => shop.run(["run", ...argv]);
  const crictl = (...argv: string[]) => shop.crictl(["run", ...argv]);

  beforeAll(async () => (shop = await Workshop.open("run", path)));
  afterEach(() => shop.clear());
  afterAll(() => shop[Symbol.asyncDispose]());

  describe("an image", () => {
    test("runs in a pod of its own; the container's id is the last line", async () => {
      const end = await run("--memory", "64MiB", busyboxImage, "--", ...idle);
      expect(end).toMatchObject({ code: 0, stderr: "" });
      expect(end.stdout).toMatch(new RegExp(`^pod ${id} crikit/busybox-[0-9a-f]{6}\\n${id}\\n$`, "u"));
      const containerId = end.stdout.trim().split("\n").at(-1)!;
      const { status } = await shop.line.runtime.containerStatus({ containerId });
      expect(status).toMatchObject({ state: 1, resources: { linux: { memoryLimitInBytes: 67_108_864n } } });
      const quiet = await run("-q", busyboxImage, "--", ...idle);
      expect(quiet).toMatchObject({ code: 0, stdout: expect.stringMatching(new RegExp(`^${id}\\n$`, "u")) });
      expect(await shop.pods()).toHaveLength(2);
    });

    test("has the names that it is given, and is refused when the pod is there already", async () => {
      const first = await run(
        "--name",
        "app",
        "--pod",
        "web",
        "--namespace",
        "shop",
        "-o",
        "json",
        busyboxImage,
        "--",
        ...idle,
      );
      expect(JSON.parse(first.stdout)).toEqual({
        podSandboxId: expect.stringMatching(id),
        containerId: expect.stringMatching(id),
        name: "web",
        namespace: "shop",
      });
      expect(await shop.containers()).toEqual(["app"]);
      const again = await run("--pod", "web", "--namespace", "shop", busyboxImage, "--", ...idle);
      expect(again).toMatchObject({ code: 1, stdout: "" });
      expect(again.stderr).toContain("there is a pod shop/web already");
      expect(await shop.pods()).toEqual(["web"]);
    });

    test("asks for no more than it needs, and for the image before the pod", async () => {
      const about = version.startsWith("1.") ? ["RuntimeConfig", "Status"] : ["RuntimeConfig"];
      expect(await shop.rpcsOf(["run", busyboxImage, "--", ...idle])).toEqual([
        "ImageStatus",
        "ListPodSandbox",
        ...about,
        "RunPodSandbox",
        "CreateContainer",
        "StartContainer",
      ]);
    });
  });

  describe("waits", () => {
    test.each([
      [0, "exit 0"],
      [3, "exit 3"],
      [137, "exit 137"],
    ])("and exits with the container's %d", async (code, script) => {
      const end = await run("--rm", busyboxImage, "--", "sh", "-c", script);
      expect(end).toMatchObject({ code, stderr: "" });
      expect(end.stdout).toMatch(new RegExp(`^pod ${id} \\S+\\n${id}\\n$`, "u"));
      expect(await shop.pods()).toEqual([]);
      await nothingStranded();
    });

    test("and tells of a container that was killed; without --rm the pod stays", async () => {
      const waiting = run("--wait", "-o", "json", busyboxImage, "--", "sleep", "600");
      const running = async () =>
        (await shop.line.runtime.listContainers({ filter: { state: { state: 1 } } })).containers;
      await expect.poll(async () => (await running()).length, { timeout: 20_000 }).toBe(1);
      const [container] = await running();
      await shop.line.runtime.stopContainer({ containerId: container!.id, timeout: 0n });
      const end = await waiting;
      expect(end).toMatchObject({ code: 137, stderr: "" });
      expect(JSON.parse(end.stdout)).toMatchObject({ containerId: container!.id, exitCode: 137, reason: "Error" });
      expect(await shop.pods()).toHaveLength(1);
    });

    test("item by item with jsonl", async () => {
      const { stdout } = await run("--rm", "-o", "jsonl", busyboxImage, "--", "sh", "-c", "exit 4");
      const lines = stdout.trim().split("\n");
      expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
        expect.objectContaining({ podSandboxId: expect.stringMatching(id) }),
        expect.objectContaining({ exitCode: 4, reason: "Error" }),
      ]);
    });
  });

  describe("two config files", () => {
    test("are taken as crictl takes them", async () => {
      const end = await run(shop.container("app"), shop.pod("web"));
      expect(end).toMatchObject({ code: 0, stderr: "" });
      expect(end.stdout).toMatch(new RegExp(`^pod ${id} shop/web\\n${id}\\n$`, "u"));
      expect(await shop.containers()).toEqual(["app"]);
    });

    test("under crictl's name print the container alone; crictl pulls unless it is told not to", async () => {
      const pulls = await crictl(shop.container("app"), shop.pod("web"));
      expect(pulls).toMatchObject({ code: 1, stdout: "" });
      expect(pulls.stderr).toMatch(/^crikit: PullImage /u);
      expect(await shop.pods()).toEqual([]);
      const end = await crictl("--no-pull", shop.container("app"), shop.pod("web"));
      expect(end).toMatchObject({ code: 0, stdout: expect.stringMatching(new RegExp(`^${id}\\n$`, "u")) });
      const config = shop.file("crictl.yaml", {});
      const settings = shop.file("no-pull.yaml", { "disable-pull-on-run": true });
      expect((await shop.crictl(["-c", config, "run", shop.container("b"), shop.pod("b")])).code).toBe(1);
      expect((await shop.crictl(["-c", settings, "run", shop.container("b"), shop.pod("b")])).code).toBe(0);
    });

    test("and a flag that belongs into them, or only one of them, are refused", async () => {
      const flag = await run("--host-network", shop.container("app"), shop.pod("web"));
      expect(flag).toMatchObject({ code: 2, stdout: "" });
      expect(flag.stderr).toContain("--host-network goes with an image, not with config files");
      const one = await run(shop.container("app"));
      expect(one).toMatchObject({ code: 2, stdout: "" });
      expect(one.stderr).toContain("a container's config and a pod's config are needed");
      expect(await shop.pods()).toEqual([]);
    });
  });

  test("--dry-run prints what can be fed back, with the namespaces that are shared, and asks nobody", async () => {
    const argv = [
      "--dry-run",
      "--pod",
      "dry",
      "-e",
      "WHO=you ü",
      "--host-pid",
      busyboxImage,
      "--",
      "sh",
      "-c",
      'exit "$LEN"',
    ];
    const { stdout, stderr, code } = await shop.run(["-D", "run", ...argv]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const shown = parse(stdout) as { pod: object; container: object };
    expect(shown).toMatchObject({
      pod: {
        metadata: { name: "dry", namespace: "crikit" },
        linux: { securityContext: { namespaceOptions: { network: "POD", pid: "NODE", ipc: "POD" } } },
      },
      container: { envs: [{ key: "WHO", value: "you ü" }], args: ["sh", "-c", 'exit "$LEN"'] },
    });
    const { stdout: json } = await run("-o", "json", ...argv);
    expect(JSON.parse(json)).toEqual(shown);
    const end = await run("--rm", shop.file("c.json", shown.container), shop.file("p.json", shown.pod));
    expect(end).toMatchObject({ code: 2, stderr: "" }); // sh's own, for a word that is no number
  });

  describe("nothing is left", () => {
    test.each([
      ["a program that is not there", [busyboxImage, "--", "/no/such"], "\nhint: the image has no program '/no/such'"],
      ["a user that is not there", ["--user", "nobodyhere", busyboxImage, "--", "true"], "CreateContainer"],
      [
        "a handler that is not there",
        ["-r", "kata", busyboxImage, "--", "true"],
        "\nhint: this runtime has the handlers runc",
      ],
      ["an image that is nowhere", ["127.0.0.1:1/nope:1"], "PullImage"],
      [
        "an image that may not be pulled",
        ["--no-pull", "127.0.0.1:1/nope:1"],
        "\nhint: 'crikit pull 127.0.0.1:1/nope:1'",
      ],
    ])("of %s", async (_, argv, told) => {
      const end = await run(...argv);
      expect(end).toMatchObject({ code: 1, stdout: "" });
      expect(end.stderr).toContain(told);
      expect(await shop.pods()).toEqual([]);
      expect(await shop.containers()).toEqual([]);
      await nothingStranded();
    });

    test("of a run that is interrupted, whenever it is", async () => {
      const codes: (number | null)[] = [];
      for (const afterMs of [0, 100, 200, 300, 450]) {
        const child = start(["-D", "-r", shop.lab.endpoint, "run", "--rm", busyboxImage, "--", ...idle]);
        const end = ended(child);
        await once(child.stderr!, "data"); // of the first call, when it is over
        await sleep(afterMs);
        child.kill("SIGINT");
        codes.push((await end).code);
        expect(await shop.pods()).toEqual([]);
        await nothingStranded();
      }
      expect(codes).toContain(130);
    });

    test("of one that has made its pod and not yet its container", async () => {
      const child = start(["-D", "-r", shop.lab.endpoint, "run", busyboxImage, "--", ...idle]);
      const end = ended(child);
      child.stderr!.on("data", (chunk: Buffer) => {
        if (chunk.includes("debug: RunPodSandbox")) child.kill("SIGINT");
      });
      expect((await end).code).toBe(130);
      expect(await shop.pods()).toEqual([]);
      await nothingStranded();
    });
  });

  test("a wait that is interrupted leaves what runs, and says how to end it", async () => {
    const child = start(["-r", shop.lab.endpoint, "run", "--wait", busyboxImage, "--", ...idle]);
    const end = ended(child);
    child.stdout!.once("data", () => child.kill("SIGINT"));
    const { code, stdout, stderr } = await end;
    const pod = /^pod (\S+)/u.exec(stdout)?.[1] ?? "";
    expect(code).toBe(130);
    expect(stderr).toBe(`note: the container is not removed: 'crikit rmp -f ${pod.slice(0, 13)}' does that\n`);
    expect(await shop.containers()).toEqual(["busybox"]);
  });
});
