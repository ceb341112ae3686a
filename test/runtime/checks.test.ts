import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import type { Connection } from "../../src/cri/connect.ts";
import { NamespaceMode } from "../../src/cri/messages.ts";
import { bounded } from "../../src/bounded.ts";
import { cgroupNames, cgroupsOf } from "../../src/linux/cgroup.ts";
import { busyboxImage } from "../../src/images/lab-images.ts";
import { Lab } from "../../src/lab/lab.ts";
import { bindMount, unmount } from "../../src/linux/mount.ts";
import { namespaceOf, showNamespace } from "../../src/linux/namespace.ts";
import { nameNetns } from "../../src/linux/netns-name.ts";
import { commandLine, listPids } from "../../src/linux/process.ts";
import { runOrThrow } from "../../src/linux/run.ts";
import { type FurtherCheck, furtherChecks, runChecks } from "../../src/namespaces/checks/run-checks.ts";
import { type MeasuredPod, measurePods } from "../../src/namespaces/measure.ts";
import { pidNow, podsOfRuntime } from "../../src/namespaces/pods-of-runtime.ts";
import type { Finding } from "../../src/namespaces/verdict.ts";
import { listNetns } from "../../src/netns/list-netns.ts";
import { PodSandbox } from "../../src/sandbox/pod-sandbox.ts";
import { podToMeasure } from "../unit/namespaces/pod-to-measure.ts";
import { containerds, inFirstPidNamespace } from "./labs.ts";

const sleep = ["sh", "-c", "trap 'exit 0' TERM; sleep 600 & wait"];

describe.each(containerds)("further checks on $name", ({ path, version }) => {
  let lab: Lab;
  let connection: Connection;
  /** For the tests that break something which they can mend again. */
  let web: PodSandbox;

  beforeAll(async () => {
    lab = await Lab.start({ name: `checks-test-${process.pid}`, containerd: path, ephemeral: true, saboteurs: true });
    connection = await lab.connect();
    web = await PodSandbox.run(connection, { name: "web" });
    await web.start({ name: "one", image: busyboxImage, command: sleep });
  });
  afterAll(async () => {
    connection.close();
    await lab.down();
  });

  async function measured(...pods: readonly PodSandbox[]): Promise<readonly MeasuredPod[]> {
    const ids = pods.map(({ id }) => id);
    return measurePods(await podsOfRuntime(connection, ids), { pidNow: (member) => pidNow(connection, member) });
  }

  interface Looking {
    readonly checks?: readonly FurtherCheck[];
    /** How much later it is by the checks' clock: pins are young for four minutes. */
    readonly laterMs?: number;
    readonly signal?: AbortSignal;
  }

  async function check(
    pods: readonly PodSandbox[],
    { checks, laterMs = 0, signal }: Looking = {},
  ): Promise<readonly Finding[]> {
    const source = { line: connection, nowMs: Date.now() + laterMs, call: { signal } };
    const findings = await runChecks(await measured(...pods), source, checks);
    // What others pin on this machine meanwhile is theirs.
    return findings.filter(({ check: what, member }) => what !== "orphan-pin" || member.startsWith(lab.dir));
  }

  async function inPod(pod: PodSandbox, ...command: readonly string[]): Promise<string> {
    return runOrThrow("nsenter", [`--net=${await pinOf(pod)}`, "--", ...command]);
  }

  async function pinOf(pod: PodSandbox): Promise<string> {
    const { verbose } = await pod.details();
    return verbose.netnsPath!;
  }

  /** A new network namespace, mounted on a file. */
  async function strayPin(file: string, { andAProcess = false } = {}): Promise<void> {
    writeFileSync(file, "", { flag: "wx" });
    const holder = spawn("unshare", ["--net", "sleep", "60"], { stdio: "ignore" });
    onTestFinished(async () => {
      holder.kill();
      await unmount(file).catch(() => undefined);
      rmSync(file, { force: true });
    });
    await once(holder, "spawn");
    const own = await namespaceOf("self", "net");
    while ((await namespaceOf(holder.pid!, "net")).ino === own.ino) await new Promise((done) => setTimeout(done, 5));
    await bindMount(`/proc/${holder.pid}/ns/net`, file);
    if (andAProcess) return;
    holder.kill();
    await once(holder, "exit");
  }

  /** The processes that the check of exec starts in this lab's containers: others may make the same check. */
  async function sleepers(): Promise<readonly number[]> {
    const { containers } = await connection.runtime.listContainers({});
    const found = await bounded(await listPids(), 8, async (pid) => {
      const [program, argument] = await commandLine(pid);
      if (program !== "sleep" || argument?.startsWith("00000000") !== true) return [];
      const cgroups = await cgroupsOf(pid);
      return containers.some(({ id }) => cgroupNames(cgroups, id)) ? [pid] : [];
    });
    return found.flat();
  }

  const brief = (findings: readonly Finding[]): readonly unknown[] =>
    findings.map(({ check: what, name, namespace, ok }) => [what, name, namespace, ok]);

  test("all hold for pods as they should be, and each says what it saw and how to see it again", async () => {
    await using hosts = await PodSandbox.run(connection, {
      name: "hosts",
      namespaces: { network: NamespaceMode.NODE, pid: NamespaceMode.NODE },
    });
    await hosts.start({ name: "two", image: busyboxImage, command: sleep });
    await using together = await PodSandbox.run(connection, {
      name: "together",
      namespaces: { ipc: NamespaceMode.NODE, pid: NamespaceMode.POD },
    });
    await together.start({ name: "three", image: busyboxImage, command: sleep });
    const findings = await check([web, hosts, together], { checks: furtherChecks, laterMs: 3_600_000 });
    expect(findings.filter(({ ok }) => ok !== true)).toEqual([]);
    expect(brief(findings)).toEqual([
      ["modes", "web", null, true],
      ["modes", "hosts", null, true],
      ["modes", "together", null, true],
      ["pin", "web", "net", true],
      ["pin", "together", "net", true],
      ["addresses", "web", "net", true],
      ["addresses", "together", "net", true],
      ["loopback", "web", "net", true],
      ["loopback", "together", "net", true],
      ["exec", "one", null, true],
      ["exec", "two", null, true],
      ["exec", "three", null, true],
    ]);
    // Nobody had to be entered for what procfs shows.
    const network = findings.filter(({ namespace, check: what }) => namespace === "net" && what !== "pin");
    for (const { evidence } of network)
      expect(evidence.map(({ what }) => what.split("/").at(-1))).toContain("fib_trie");
    for (const { evidence } of findings) expect(evidence.length).toBeGreaterThan(0);
    // What a person is told to type shows something, as long as the process is there.
    for (const { check: what, evidence } of findings) {
      if (what === "exec") continue;
      for (const { command } of evidence) {
        if (!command.startsWith("crikit")) expect(await runOrThrow("sh", ["-c", command])).not.toBe("");
      }
    }
    const netns = showNamespace((await measured(web))[0]!.pin!.id!);
    expect(findings.find(({ check: what }) => what === "addresses")?.evidence.map(({ id }) => id)).toContain(netns);
  });

  test("a loopback interface that is down is broken, and the addresses are not", async () => {
    await inPod(web, "ip", "link", "set", "lo", "down");
    onTestFinished(async () => void (await inPod(web, "ip", "link", "set", "lo", "up")));
    const findings = await check([web], { checks: ["addresses", "loopback"] });
    expect(brief(findings)).toEqual([
      ["addresses", "web", "net", true],
      ["loopback", "web", "net", false],
    ]);
    expect(findings[1]).toMatchObject({ observed: "down", reason: "lo is down" });
  });

  test.each(["4", "6"])("a reported IPv%s address that is gone from the pod is broken", async (family) => {
    const [pod] = await measured(web);
    const address = pod!.ips.find((ip) => ip.includes(":") === (family === "6"))!;
    const shown = await inPod(web, "ip", `-${family}`, "-o", "addr", "show", "to", address);
    const [withPrefix = ""] = /\S+\/\d+/u.exec(shown) ?? [];
    await inPod(web, "ip", "addr", "del", withPrefix, "dev", "eth0");
    onTestFinished(
      async () =>
        void (await inPod(web, "ip", "addr", "add", withPrefix, "dev", "eth0", ...(family === "6" ? ["nodad"] : []))),
    );
    const findings = await check([web], { checks: ["addresses", "loopback"] });
    expect(brief(findings)).toEqual([
      ["addresses", "web", "net", false],
      ["loopback", "web", "net", true],
    ]);
    expect(findings[0]).toMatchObject({ reason: `not in its network namespace: ${address}` });
  });

  test("an address of an interface that is down is still the pod's, and more addresses than reported are fine", async () => {
    await inPod(web, "ip", "addr", "add", "192.0.2.77/32", "dev", "eth0");
    await inPod(web, "ip", "link", "set", "eth0", "down");
    onTestFinished(async () => {
      await inPod(web, "ip", "link", "set", "eth0", "up");
      await inPod(web, "ip", "addr", "del", "192.0.2.77/32", "dev", "eth0");
    });
    // An interface that goes down loses its IPv6 addresses.
    const [pod] = await measured(web);
    const four = { ...pod!, ips: pod!.ips.filter((ip) => !ip.includes(":")) };
    const source = { line: connection, nowMs: Date.now() };
    const [finding] = await runChecks([four], source, ["addresses"]);
    expect(finding).toMatchObject({ ok: true, observed: expect.stringContaining("192.0.2.77") });
  });

  test("a pin that was unmounted is broken, and so is one that shows another namespace", async () => {
    await using pod = await PodSandbox.run(connection, { name: "unpinned" });
    const pin = await pinOf(pod);
    expect(brief(await check([pod], { checks: ["pin"] }))).toEqual([["pin", "unpinned", "net", true]]);
    await bindMount("/proc/self/ns/net", pin);
    expect(await check([pod], { checks: ["pin"] })).toMatchObject([
      { ok: false, reason: expect.stringContaining("pins another network namespace") },
    ]);
    await unmount(pin, { lazy: true });
    await unmount(pin, { lazy: true });
    expect(await check([pod], { checks: ["pin"] })).toMatchObject([
      { ok: false, observed: null, reason: `nothing is mounted on ${pin} any more` },
    ]);
  });

  test("a process that ExecSync starts outside of its container is broken, kind by kind", async () => {
    await using pod = await PodSandbox.run(connection, { name: "stray", runtimeHandler: "stray-exec" });
    await pod.start({ name: "box", image: busyboxImage, command: sleep });
    const findings = await check([pod], { checks: ["exec"] });
    expect(brief(findings)).toEqual([["exec", "box", "net", false]]);
    expect(findings[0]?.observed).toBe(showNamespace(await namespaceOf("self", "net")));
    expect(findings[0]?.expectedId).toBe(showNamespace((await measured(pod))[0]!.pin!.id!));
  });

  test("a container whose image has no sleep is unmeasured, and no process is left behind in any", async () => {
    await using pod = await PodSandbox.run(connection, { name: "bare" });
    const command = ["sh", "-c", "trap 'exit 0' TERM; rm /bin/sleep; busybox sleep 600 & wait"];
    await pod.start({ name: "sleepless", image: busyboxImage, command });
    const findings = await check([pod, web], { checks: ["exec"] });
    expect(brief(findings)).toEqual([
      ["exec", "sleepless", null, null],
      ["exec", "one", null, true],
    ]);
    expect(findings[0]?.reason).toMatch(/^no 'sleep' could be started in it: .*executable file not found/u);
    const running = await Promise.all((await listPids()).map((pid) => commandLine(pid)));
    expect(running.filter(([program, argument]) => program === "sleep" && argument?.startsWith("00000000"))).toEqual(
      [],
    );
  });

  test("a pin without a pod is an orphan when it is no longer young; what others made is none", async () => {
    const folder = dirname(await pinOf(web));
    const stray = `${folder}/cni-${randomUUID()}`;
    await strayPin(stray);
    await strayPin(`${folder}/made-by-hand`);
    const used = `${folder}/cni-${randomUUID()}`;
    await strayPin(used, { andAProcess: true });
    await using _ = await nameNetns({ name: `checks-${process.pid}`, pin: stray });
    const orphans = async (laterMs: number, pods: readonly PodSandbox[] = [web]) =>
      (await check(pods, { checks: ["orphan-pin"], laterMs })).map(({ member, ok, reason }) => [member, ok, reason]);
    const later = await orphans(300_000);
    expect(later).toEqual([
      [stray, false, "no pod of this runtime has it, and no process is in it"],
      [used, false, expect.stringMatching(/^no pod of this runtime has it, and process \d+ \(sleep\) is in it$/u)],
    ]);
    expect(await orphans(0)).toEqual([]);
    expect(await orphans(300_000, [])).toEqual(later); // pods that nobody named are known all the same
    // The list of network namespaces marks the same ones.
    const { namespaces } = await listNetns({
      line: connection,
      nowMs: Date.now() + 300_000,
    });
    const marked = namespaces.filter(({ orphan }) => orphan !== null);
    const paths = marked.flatMap(({ pins }) => pins.map((pin) => pin.path));
    expect(paths.filter((one) => one.startsWith(folder)).toSorted()).toEqual([stray, used].toSorted());
  });

  test("the pin of a pod that is not ready is none, and an orphan is found where no pod is left", async () => {
    const pod = await PodSandbox.run(connection, { name: "dead" });
    const pin = await pinOf(pod);
    const { verbose } = await pod.details();
    process.kill(verbose.pid!, "SIGKILL");
    while ((await pod.details()).status.state === 0) await new Promise((done) => setTimeout(done, 20));
    expect(await check([pod], { checks: furtherChecks, laterMs: 300_000 })).toMatchObject([
      { check: "modes", ok: true },
    ]);
    await pod.remove();
    await strayPin(pin);
    expect(await check([], { checks: ["orphan-pin"], laterMs: 300_000 })).toMatchObject([{ member: pin, ok: false }]);
  });

  test("a pod with users of its own owns its network namespace; one that is the host's is broken", async () => {
    const mapped = [{ hostId: 300_000, containerId: 0, length: 65_536 }];
    const usernsOptions = { mode: NamespaceMode.POD, uids: mapped, gids: mapped };
    const pod = await PodSandbox.run(connection, { name: "users", namespaces: { usernsOptions } });
    await using _ = { [Symbol.asyncDispose]: () => pod.remove() };
    const [own] = await measured(pod);
    if (own?.promise.user !== "POD") {
      expect(version).toMatch(/^1\.6\./u); // it has no user namespaces, and says so
      expect(await check([pod], { checks: ["owner"] })).toEqual([]);
      return;
    }
    expect(await check([pod], { checks: ["owner"] })).toMatchObject([{ ok: true, observed: "uid 300000" }]);
    const hosts = `${dirname(await pinOf(pod))}/hosts`;
    await strayPin(hosts);
    await bindMount(hosts, await pinOf(pod));
    expect(await check([pod], { checks: ["owner"] })).toMatchObject([
      { ok: false, expectedId: "uid 300000", observed: "uid 0" },
    ]);
    await unmount(await pinOf(pod));
  });

  // The oldest one leaves the process to itself.
  test.runIf(path === containerds[0]?.path)(
    "an exec that is given up in the middle leaves no process for longer than it waits",
    async () => {
      const pods = await measured(web);
      let givenUp = 0;
      for (const afterMs of [1, 30, 60]) {
        const call = { signal: AbortSignal.timeout(afterMs) };
        try {
          await runChecks(pods, { line: connection, nowMs: Date.now(), call }, ["exec"]);
        } catch (error) {
          expect(error).toMatchObject({ code: "cancelled" });
          givenUp += 1;
        }
      }
      expect(givenUp).toBeGreaterThan(0);
      await vi.waitFor(async () => expect(await sleepers()).toEqual([]), { timeout: 20_000, interval: 100 });
    },
  );

  test("a check that is given up ends so, and does not begin", async () => {
    const signal = AbortSignal.abort("enough");
    for (const one of furtherChecks) {
      await expect(check([web], { checks: [one], signal }), one).rejects.toMatchObject({ code: "cancelled" });
    }
  });
});

describe("the owner of a network namespace", () => {
  /** A process with users of its own, in a network namespace of its own, or in this machine's. */
  async function processWithUsers(...flags: readonly string[]): Promise<number> {
    const child = spawn("unshare", ["--user", ...flags, "sleep", "60"], { stdio: "ignore" });
    onTestFinished(() => void child.kill());
    await once(child, "spawn");
    const own = await namespaceOf("self", "user");
    while ((await namespaceOf(child.pid!, "user")).ino === own.ino) await new Promise((done) => setTimeout(done, 5));
    writeFileSync(`/proc/${child.pid}/uid_map`, "0 300000 65536");
    return child.pid!;
  }

  test.runIf(inFirstPidNamespace).each([
    ["is the pod's, also where it was made before there were users", ["--net"], true, "uid 300000"],
    ["is not the host's", [], false, "uid 0"],
  ])("%s", async (_, flags, ok, observed) => {
    const sandboxPid = await processWithUsers(...flags);
    const promise = { network: "POD", ipc: "POD", pid: "CONTAINER", user: "POD" } as const;
    const pods = await measurePods([podToMeasure({ promise, sandboxPid })], { pidNow: async () => sandboxPid });
    const line = { endpoint: "unix:///none" } as Connection;
    const [finding] = await runChecks(pods, { line, nowMs: Date.now() }, ["owner"]);
    expect(finding).toMatchObject({ ok, expectedId: "uid 300000", observed });
    expect(await runOrThrow("sh", ["-c", finding!.evidence[0]!.command])).toBe(`${observed.slice(4)}\n`);
  });
});
