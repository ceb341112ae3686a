import { readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { cgroupsOf } from "../../src/linux/cgroup.ts";
import { containerDetails } from "../../src/sandbox/details.ts";
import { containerds } from "../runtime/labs.ts";
import { cgroupMounts, topCgroups, Workshop } from "./making.ts";

const wholeId = /^[0-9a-f]{64}\n$/u;
const done = { code: 0, stderr: "" };

describe.each(containerds)("making and changing on $name", ({ path, version }) => {
  let shop: Workshop;
  const run = (...argv: string[]) => shop.run(argv);

  beforeAll(async () => (shop = await Workshop.open("make", path)));
  afterEach(() => shop.clear());
  afterAll(() => shop[Symbol.asyncDispose]());

  /** A pod from a file. */
  async function runp(name: string, more: object = {}): Promise<string> {
    const end = await run("runp", shop.pod(name, more));
    expect(end).toMatchObject(done);
    return end.stdout.trim();
  }

  /** A container in it that runs. */
  async function started(pod: string, name: string, more: object = {}): Promise<string> {
    const created = await run("create", pod, shop.container(name, more));
    expect(created).toMatchObject(done);
    const id = created.stdout.trim();
    expect(await run("start", id)).toMatchObject({ ...done, stdout: `${id}\n` });
    return id;
  }

  const status = async (containerId: string) => (await shop.line.runtime.containerStatus({ containerId })).status!;

  describe("runp", () => {
    test("prints the pod's id; the pod has a uid, a cgroup of its own, and stats", async () => {
      const file = shop.pod("web");
      const end = await run("runp", file, "-o", "json");
      expect(end).toMatchObject(done);
      const data = JSON.parse(end.stdout) as Record<string, string>;
      expect(data).toMatchObject({ name: "web", namespace: "shop", uid: expect.stringMatching(/^[0-9a-f-]{36}$/u) });
      expect(topCgroups()).toContain(data["cgroupParent"]?.slice(1));
      await started(data["podSandboxId"]!, "app");
      const { stats } = await shop.line.runtime.podSandboxStats({ podSandboxId: data["podSandboxId"]! });
      expect(stats?.linux?.memory?.workingSetBytes?.value).toBeGreaterThan(0n);
    });

    test("takes a config from standard input, and the cgroup that it names", async () => {
      const cgroupParent = `/crikit-test-named-${process.pid}`;
      const config = { metadata: { name: "in", namespace: "shop" }, linux: { cgroup_parent: cgroupParent } };
      const end = await shop.run(["runp", "-", "-o", "json"], { stdin: JSON.stringify(config) });
      expect(JSON.parse(end.stdout)).toMatchObject({ name: "in", cgroupParent });
      expect(end.stderr).toMatch(/^note: standard input: .*pid is not set/u);
      await shop.clear();
      // What somebody else has chosen is not crikit's to take away.
      for (const root of cgroupMounts()) rmdirSync(root + cgroupParent);
    });

    test("refuses a pod that is there already, and says how to remove it", async () => {
      const id = await runp("web");
      const again = await run("runp", shop.pod("web"));
      expect(again).toMatchObject({ code: 1, stdout: "" });
      expect(again.stderr).toBe(
        `crikit: there is a pod shop/web already: ${id.slice(0, 13)}, ready\n` +
          `hint: 'crikit rmp -f ${id.slice(0, 13)}' removes it, or give the new one another name\n`,
      );
    });

    test("refuses one of the same identity under crictl's name too, ready or not", async () => {
      const metadata = { name: "same", namespace: "shop", uid: "hdishd83djaidwnduwk28bcsb", attempt: 1 };
      const id = await runp("same", { metadata });
      await shop.line.runtime.stopPodSandbox({ podSandboxId: id });
      const again = await shop.crictl(["runp", shop.pod("same", { metadata })]);
      expect(again.stderr).toContain(`there is a pod shop/same already: ${id.slice(0, 13)}, not ready`);
    });

    test("under crictl's name makes a second pod of the same name, as crictl does", async () => {
      await runp("twin");
      expect(await shop.crictl(["runp", shop.pod("twin")])).toMatchObject({
        ...done,
        stdout: expect.stringMatching(wholeId),
      });
      expect(await shop.pods()).toEqual(["twin", "twin"]);
    });

    test("names the handlers that there are when the one that is wanted is not, and leaves nothing", async () => {
      const end = await run("runp", "-r", "kata", shop.pod("other"));
      expect(end).toMatchObject({ code: 1, stdout: "" });
      expect(end.stderr).toMatch(/no runtime for "kata" is configured\nhint: this runtime has the handlers runc\n$/u);
      expect(await shop.pods()).toEqual([]);
    });

    test("refuses a config that makes no sense before anything is asked of the runtime", async () => {
      const file = shop.file("bad.json", { metadata: { name: "x", namespace: "y" }, lnux: {} });
      const end = await run("-D", "runp", file);
      expect(end).toMatchObject({ code: 2, stdout: "" });
      expect(end.stderr).toMatch(/^crikit: .*bad\.json:1:\d+: .*lnux/u);
      expect(end.stderr).not.toContain("debug:");
    });
  });

  describe("create", () => {
    test("takes a pod by name, and its config from the runtime or from a file", async () => {
      const pod = await runp("web");
      expect(await run("create", "shop/web", shop.container("one"))).toMatchObject({
        ...done,
        stdout: expect.stringMatching(wholeId),
      });
      const two = await run("create", pod, shop.container("two"), shop.pod("web"), "-o", "json");
      expect(JSON.parse(two.stdout)).toEqual({
        containerId: expect.stringMatching(/^[0-9a-f]{64}$/u),
        name: "two",
        podSandboxId: pod,
      });
      const { verbose } = await containerDetails(
        shop.line,
        (await run("create", "web", shop.container("three"))).stdout.trim(),
      );
      expect(verbose.podSandboxId).toBe(pod);
    });

    test("says what to do about an image that is missing; with --pull it is asked of the registry", async () => {
      await runp("web");
      const image = "127.0.0.1:1/nope:1";
      const file = shop.container("app", { image: { image } });
      const end = await run("create", "web", file);
      expect(end).toMatchObject({ code: 1, stdout: "" });
      expect(end.stderr).toContain(
        `\nhint: 'crikit pull ${image}' fetches it, 'crikit load FILE' takes it from an archive\n`,
      );
      for (const flags of [["--pull", "missing"], ["--with-pull"]]) {
        expect((await run("create", ...flags, "web", file)).stderr).toMatch(/^crikit: PullImage on /u);
      }
      expect((await run("create", "--with-pull", "--no-pull", "web", file)).code).toBe(2);
      expect(await shop.containers()).toEqual([]);
    });

    test("says which container has the name", async () => {
      await runp("web");
      const first = (await run("create", "web", shop.container("app"))).stdout.trim();
      const again = await run("create", "web", shop.container("app"));
      expect(again).toMatchObject({ code: 1 });
      expect(again.stderr).toContain(`is reserved for "${first}"`);
      expect(again.stderr).toContain(
        `hint: 'crikit rm -f ${first.slice(0, 13)}' removes the container that has this name`,
      );
    });
  });

  test("start starts several, tells every failure, and what runs already", async () => {
    await runp("web");
    const ids: string[] = [];
    for (const name of ["one", "two"]) ids.push((await run("create", "web", shop.container(name))).stdout.trim());
    const broken = (await run("create", "web", shop.container("broken", { command: ["/no/such"] }))).stdout.trim();
    const end = await run("start", "one", broken, "two");
    expect(end.code).toBe(1);
    expect(new Set(end.stdout.trim().split("\n"))).toEqual(new Set(ids));
    expect(end.stderr).toMatch(
      /^crikit: StartContainer .*\/no\/such.*\nhint: the image has no program '\/no\/such'.*\n$/u,
    );
    expect((await run("start", "one")).stderr).toMatch(/CONTAINER_RUNNING state\nhint: it is running already\n$/u);
    expect((await run("start", "broken")).stderr).toMatch(
      /\nhint: a container runs once: 'crikit restart' makes it anew\n$/u,
    );
  });

  describe("restart", () => {
    test("makes a container anew, its attempt one higher each time, its logs kept", async () => {
      await runp("web");
      const first = await started("web", "app");
      const second = (await run("restart", "app")).stdout.trim();
      const third = JSON.parse((await run("restart", "shop/web/app", "-o", "json")).stdout) as unknown;
      expect(third).toEqual([{ containerId: expect.stringMatching(/^[0-9a-f]{64}$/u), replaced: second, attempt: 2 }]);
      expect(new Set([first, second]).size).toBe(2);
      expect(await shop.containers()).toEqual(["app"]);
      const { containers } = await shop.line.runtime.listContainers({});
      expect(containers[0]).toMatchObject({ metadata: { name: "app", attempt: 2 }, state: 1 });
      for (const attempt of [0, 1, 2]) {
        expect(readFileSync(join(shop.folder, `logs/app/${attempt}.log`), "utf8")).toContain("hello");
      }
    });

    test("starts one that was never started, and runs one again that has exited", async () => {
      await runp("web");
      const id = (await run("create", "web", shop.container("app", { command: ["true"] }))).stdout.trim();
      expect((await run("restart", "app")).stdout).toBe(`${id}\n`);
      await expect.poll(async () => (await status(id)).state, { timeout: 20_000 }).toBe(2);
      expect((await run("restart", "app")).stdout).not.toBe(`${id}\n`);
    });

    test("leaves the old container when the pod is not ready, and says so", async () => {
      const pod = await runp("web");
      await started("web", "app");
      await shop.line.runtime.stopPodSandbox({ podSandboxId: pod });
      const end = await run("restart", "app");
      expect(end.code).toBe(1);
      expect(end.stderr).toMatch(/cannot run again: its pod [0-9a-f]{13} is not ready\nhint: .*'crikit rmp'/u);
      expect(await shop.containers()).toEqual(["app"]);
    });
  });

  describe("update", () => {
    async function fileOf(id: string, controller: string, file: string): Promise<string> {
      const { verbose } = await containerDetails(shop.line, id);
      const memberships = await cgroupsOf(verbose.pid!);
      const own = memberships.find(({ controllers }) => controllers.includes(controller));
      // Without the controller in a hierarchy of its own the machine has cgroup v2 alone, whose files have other names.
      expect(own, `${controller} in a hierarchy of cgroup v1`).toBeDefined();
      return readFileSync(`/sys/fs/cgroup/${controller}${own!.path}/${file}`, "utf8").trim();
    }

    test("changes what is named in the kernel, and leaves the rest", async () => {
      await runp("web");
      const id = await started("web", "app", {
        linux: {
          resources: { cpu_shares: 512, memory_limit_in_bytes: 67_108_864 },
          security_context: { namespace_options: { pid: 1 } },
        },
      });
      expect(await run("update", "--cpu-quota", "50000", "--cpu-period", "100000", "app")).toMatchObject({
        ...done,
        stdout: `${id}\n`,
      });
      expect(await fileOf(id, "cpu", "cpu.cfs_quota_us")).toBe("50000");
      expect(await fileOf(id, "cpu", "cpu.shares")).toBe("512");
      const end = await run("update", "--memory", "128MiB", "-o", "json", "app");
      expect(JSON.parse(end.stdout)).toMatchObject([
        { containerId: id, resources: { memoryLimitInBytes: "134217728", cpuQuota: "50000", cpuShares: "512" } },
      ]);
      expect(await fileOf(id, "memory", "memory.limit_in_bytes")).toBe("134217728");
      expect(await run("update", "--cpuset-cpus", "0", "--cpu-share", "256", "app")).toMatchObject(done);
      expect(await fileOf(id, "cpuset", "cpuset.cpus")).toBe("0");
      expect(await fileOf(id, "cpu", "cpu.shares")).toBe("256");
      expect(await fileOf(id, "cpu", "cpu.cfs_quota_us")).toBe("50000");
    });

    test("says what the runtime accepted and did not change", async () => {
      await runp("web");
      await started("web", "app");
      const end = await run("update", "--oom-score-adj", "500", "app");
      expect(end).toMatchObject({ code: 1, stdout: "" });
      expect(end.stderr).toMatch(/answered OK for [0-9a-f]{13}, but still oomScoreAdj is 0\nhint: /u);
    });

    test("says what to do about a limit that is refused", async () => {
      await runp("web");
      await started("web", "app");
      expect((await run("update", "--memory", "4KiB", "app")).stderr).toMatch(/\nhint: it uses \d+ bytes now: /u);
      expect((await run("update", "--unified", "memory.high=1", "app")).stderr).toMatch(/\nhint: .* cgroup v1: /u);
      expect((await run("update", "--cpuset-cpus", "4077", "app")).stderr).toMatch(
        /\nhint: this machine has no such CPUs/u,
      );
    });

    test.each([
      [[]],
      [["--memory", "64m"]],
      [["--memory", "0"]],
      [["--cpu-quota", "5"]],
      [["--cpu-share", "1.5"]],
      [["--oom-score-adj", "1001"]],
      [["--oom-score-adj", "x"]],
      [["--cpuset-cpus", "3-1"]],
      [["--hugepage", "2=3"]],
      [["--memory", "2GiB", "--memory-swap", "1GiB"]],
    ])("refuses wrong words and asks nobody: %j", async (words) => {
      const end = await run("-D", "update", ...words, "app");
      expect(end).toMatchObject({ code: 2, stdout: "" });
      expect(end.stderr).not.toContain("debug:");
    });
  });

  test("what a version does not implement is one line, with the version, and exit status 1", async () => {
    await runp("web");
    await started("web", "app");
    const commands = [
      ["updatep", "--memory", "1GiB", "web"],
      ["checkpointp", "-e", "/tmp/never", "web"],
      ["restorep", "/tmp/never"],
      ...(version.startsWith("1.") ? [["checkpoint", "-e", "/tmp/never", "app"]] : []),
    ];
    for (const argv of commands) {
      const end = await run(...argv);
      expect(end).toMatchObject({ code: 1, stdout: "" });
      expect(end.stderr).toMatch(/^crikit: containerd [12]\.\S+ on \S+ does not implement \w+\nhint: .*\n$/u);
    }
  });

  test("checkpoint refuses two containers for one archive; a runtime without criu says what it needs", async () => {
    await runp("web");
    await started("web", "one");
    await started("web", "two");
    const two = await run("checkpoint", "-e", "/tmp/never.tar", "one", "two");
    expect(two).toMatchObject({ code: 2, stdout: "" });
    expect(two.stderr).toContain("2 checkpoints do not fit into the one archive /tmp/never.tar");
    if (version.startsWith("1.")) return;
    const one = await run("checkpoint", "-e", "/tmp/never.tar", "one");
    expect(one.stderr).toMatch(/CRIU.*\nhint: checkpoints need the program criu on the node\n$/u);
  });

  test("update-runtime-config tells the runtime, and refuses what is no range of addresses", async () => {
    expect(await run("update-runtime-config", "-p", "10.1.0.0/16,fd00::/64")).toEqual({
      ...done,
      signal: null,
      stdout: "",
    });
    expect(await run("update-runtime-config", "--pod-cidr", "10.1.0.0/33")).toMatchObject({ code: 2, stdout: "" });
  });

  test("no command asks for more than it needs", async () => {
    const about = version.startsWith("1.") ? ["RuntimeConfig", "Status"] : ["RuntimeConfig"];
    expect(await shop.rpcsOf(["runp", shop.pod("web")], "crictl")).toEqual([...about, "RunPodSandbox"]);
    const { items } = await shop.line.runtime.listPodSandbox({});
    const pod = items[0]!.id;
    expect(await shop.rpcsOf(["create", pod, shop.container("app"), shop.pod("web")])).toEqual(["CreateContainer"]);
    expect(await shop.rpcsOf(["create", pod, shop.container("two")])).toEqual(["PodSandboxStatus", "CreateContainer"]);
    const { containers } = await shop.line.runtime.listContainers({});
    const id = containers.find(({ metadata }) => metadata?.name === "app")!.id;
    expect(await shop.rpcsOf(["start", id])).toEqual(["StartContainer"]);
    expect(await shop.rpcsOf(["update", "--cpu-share", "99", id])).toEqual([
      "ContainerStatus",
      "UpdateContainerResources",
      "ContainerStatus",
    ]);
    expect(await shop.rpcsOf(["restart", id])).toEqual([
      "ContainerStatus",
      "PodSandboxStatus",
      "StopContainer",
      "CreateContainer",
      "StartContainer",
      "RemoveContainer",
    ]);
  });

  test("the network that is not ready is told in the runtime's words, with the folder that lacks a config", async () => {
    const conflist = join(shop.lab.dir, "cni/10-crikit.conflist");
    const text = readFileSync(conflist);
    rmSync(conflist);
    try {
      await expect.poll(networkIsReady, { timeout: 20_000 }).toBe(false);
      const end = await run("runp", shop.pod("cut"));
      expect(end).toMatchObject({ code: 1, stdout: "" });
      expect(end.stderr).toContain(
        "hint: the runtime's network is not ready (NetworkPluginNotReady: Network plugin returns error: cni plugin not " +
          `initialized): put a CNI configuration into ${dirname(conflist)}, or run the pod on the host's network\n`,
      );
      // 1.6 keeps the pod, and cannot remove it without a network.
      if (version.startsWith("1.6"))
        expect(end.stderr).toMatch(/; 'crikit rmp -f [0-9a-f]{13}' removes what is left then\n$/u);
      else expect(await shop.pods()).toEqual([]);
    } finally {
      writeFileSync(conflist, text);
      await expect.poll(networkIsReady, { timeout: 20_000 }).toBe(true);
    }
  });

  async function networkIsReady(): Promise<boolean | undefined> {
    const { status: now } = await shop.line.runtime.status({});
    return now?.conditions.find(({ type }) => type === "NetworkReady")?.status;
  }
});
