import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bounded } from "../../src/bounded.ts";
import type { Connection } from "../../src/cri/connect.ts";
import { NamespaceMode } from "../../src/cri/messages.ts";
import { busyboxImage } from "../../src/images/lab-images.ts";
import { Lab } from "../../src/lab/lab.ts";
import type { CallRecord } from "../../src/rpc/call.ts";
import type { Expectations, NamespaceModeName } from "../../src/namespaces/pod.ts";
import { verify, type Verification, type VerifyOptions } from "../../src/namespaces/verify.ts";
import type { Container } from "../../src/sandbox/container.ts";
import { PodSandbox } from "../../src/sandbox/pod-sandbox.ts";
import { restartContainer } from "../../src/sandbox/restart-container.ts";
import { containerds } from "./labs.ts";

const idle = ["sh", "-c", "trap 'exit 0' TERM; sleep 600 & wait"];

/** The runtime and its machine have two cores. */
const podsAtOnce = 4;

describe.each(containerds)("verify on $name", ({ path, name: runtimeName }) => {
  let lab: Lab;
  let connection: Connection;
  let calls: CallRecord[] = [];

  beforeAll(async () => {
    lab = await Lab.start({ name: `verify-test-${process.pid}`, containerd: path, ephemeral: true, saboteurs: true });
    connection = await lab.connect({ onCall: (record) => calls.push(record) });
  });
  afterAll(async () => {
    connection.close();
    await lab.down();
  });

  function verified(options: Partial<VerifyOptions> = {}): Promise<Verification> {
    return verify(connection, { nowMs: Date.now(), ...options });
  }

  /** A pod with containers. */
  async function run(
    name: string,
    plan: { namespaces?: object; runtimeHandler?: string } = {},
    containers: readonly string[] = ["one", "two"],
  ): Promise<PodSandbox> {
    const pod = await PodSandbox.run(connection, { name, ...plan });
    try {
      for (const container of containers) await pod.start({ name: container, image: busyboxImage, command: idle });
      return pod;
    } catch (error) {
      await pod[Symbol.asyncDispose]();
      throw error;
    }
  }

  const wrong = ({ findings }: Verification): readonly unknown[] =>
    findings
      .filter(({ ok }) => ok !== true)
      .map(({ pod, name, check, namespace, ok, reason }) => [pod, name, check, namespace, ok, reason]);

  test("every combination of NamespaceOptions that the runtime takes holds, by its promise and by what one expects of it", async () => {
    const modes = ["POD", "CONTAINER", "NODE"] as const satisfies readonly NamespaceModeName[];
    const combinations = (["POD", "NODE"] as const).flatMap((network) =>
      (["POD", "NODE"] as const).flatMap((ipc) => modes.map((pid) => ({ network, ipc, pid }))),
    );
    const pods = await bounded(combinations, podsAtOnce, async (modesOf) => {
      const { network, ipc, pid } = modesOf;
      const namespaces = { network: NamespaceMode[network], ipc: NamespaceMode[ipc], pid: NamespaceMode[pid] };
      const containers = network === "POD" && ipc === "POD" ? ["one", "two"] : ["one"];
      return run(`${network}-${ipc}-${pid}`.toLowerCase(), { namespaces }, containers);
    });
    const [target] = pods.filter((_, at) => combinations[at]?.pid === "CONTAINER");
    const one = (await connection.runtime.listContainers({})).containers.find(
      ({ podSandboxId, metadata }) => podSandboxId === target!.id && metadata?.name === "one",
    );
    const debug = { namespaceOptions: { network: NamespaceMode.POD, pid: NamespaceMode.TARGET, targetId: one!.id } };
    await target!.start({
      name: "debug",
      image: busyboxImage,
      command: idle,
      config: { linux: { securityContext: debug } },
    });
    calls = [];
    const result = await verified();
    expect(wrong(result)).toEqual([]);
    expect(result.verdict).toBe("holds");
    expect(result.pods).toHaveLength(12);
    const count = (rpc: string): number => calls.filter((call) => call.rpc === rpc).length;
    // Of each list one for the pods to verify, and one for the node's pins.
    expect([count("ListContainers"), count("PodSandboxStatus"), count("ContainerStatus")]).toEqual([1, 12, 16]);
    expect(count("ListPodSandbox")).toBeLessThanOrEqual(2);
    for (const [at, { network, ipc, pid }] of combinations.entries()) {
      const expected: Expectations = {
        net: network === "POD" ? "shared" : "host",
        uts: network === "POD" ? "shared" : "host",
        ipc: ipc === "POD" ? "shared" : "host",
        // A container that joins another's is private to nobody.
        ...(pid === "CONTAINER" ? {} : { pid: pid === "POD" ? "shared" : "host" }),
        mnt: "private",
        user: "host",
      };
      const ids = [pods[at]!.id];
      expect(wrong(await verified({ ids, expected, checks: ["namespace", "border"] }))).toEqual([]);
    }
    const [first] = pods;
    const other = await verified({ ids: [first!.id], expected: { ipc: "host", mnt: "shared" }, checks: ["namespace"] });
    expect(wrong(other)).toMatchObject([
      ["pod-pod-pod", "pod-pod-pod", "namespace", "ipc", false, null],
      ["pod-pod-pod", "one", "namespace", "ipc", false, null],
      ["pod-pod-pod", "one", "namespace", "mnt", false, null],
      ["pod-pod-pod", "two", "namespace", "ipc", false, null],
      ["pod-pod-pod", "two", "namespace", "mnt", false, null],
    ]);
    await bounded(pods, podsAtOnce, (pod) => pod[Symbol.asyncDispose]());
  });

  test("a sandbox with a user namespace of its own holds; the oldest runtime makes none, and promises none", async () => {
    const mapping = { hostId: 100_000, containerId: 0, length: 65_536 };
    const usernsOptions = { mode: NamespaceMode.POD, uids: [mapping], gids: [mapping] };
    // Without a container: runc 1.1 cannot mount an image for other users.
    await using pod = await run("apart", { namespaces: { usernsOptions } }, []);
    const { findings } = await verified({ ids: [pod.id], checks: ["namespace", "border", "pin"] });
    expect(findings.filter(({ ok }) => ok !== true)).toEqual([]);
    const makesNone = runtimeName.startsWith("containerd 1.6.");
    expect(findings.find(({ namespace }) => namespace === "user")).toMatchObject({
      expected: makesNone ? "same-as-host" : "same-as-pod",
    });
  });

  test("under a handler that unshares a namespace both containers are broken, by that alone, and the pod beside them holds", async () => {
    const kinds = ["net", "ipc", "uts", "pid"] as const;
    const [whole, ...torn] = await bounded([undefined, ...kinds], podsAtOnce, (kind) =>
      kind === undefined ? run("whole") : run(`torn-${kind}`, { runtimeHandler: `unshared-${kind}` }),
    );
    const result = await verified();
    expect(result.verdict).toBe("broken");
    const verdictOf = ({ id }: PodSandbox): unknown => result.pods.find((pod) => pod.id === id)?.verdict;
    expect([whole!, ...torn].map(verdictOf)).toEqual(["holds", "broken", "broken", "broken", "broken"]);
    for (const [at, kind] of kinds.entries()) {
      const broken = result.findings.filter(({ ok, podId }) => ok === false && podId === torn[at]!.id);
      expect(new Set(broken.map(({ namespace }) => namespace))).toEqual(new Set([kind]));
      expect(broken.map(({ name }) => name)).toEqual(expect.arrayContaining(["one", "two"]));
      for (const { evidence, observed } of broken) {
        expect(evidence[0]).toMatchObject({ what: expect.stringMatching(/^pid \d+$/u), id: observed });
        expect(evidence.length).toBeGreaterThan(1);
      }
    }
    await bounded([whole!, ...torn], podsAtOnce, (pod) => pod[Symbol.asyncDispose]());
  });

  test("containers that restart all the while never make a pod broken", async () => {
    await using still = await run("still");
    await using stormy = await PodSandbox.run(connection, { name: "stormy" });
    const made: Container[] = [];
    for (const name of ["a", "b"]) {
      made.push(await stormy.start({ name, image: busyboxImage, command: idle }));
    }
    let ids = made.map(({ id }) => id);
    let storming = true;
    let restarts = 0;
    const storm = (async () => {
      while (storming) {
        ids = await Promise.all(
          ids.map(async (id) => (await restartContainer(connection, { containerId: id, graceSeconds: 0 })).containerId),
        );
        restarts += ids.length;
      }
    })();
    const verdicts: Verification[] = [];
    while (restarts < 12 || verdicts.length < 4) verdicts.push(await verified());
    storming = false;
    await storm;
    for (const verification of verdicts) {
      expect(verification.findings.filter(({ ok }) => ok === false)).toEqual([]);
      expect(verification.pods.find(({ id }) => id === still.id)?.verdict).toBe("holds");
    }
    expect((await verified()).verdict).toBe("holds");
  });

  test("pods that come and go all the while never make one broken, and only those that are there are told", async () => {
    await using still = await run("still");
    let storming = true;
    let rounds = 0;
    const storm = (async () => {
      for (; storming; rounds++) {
        const pod = await PodSandbox.run(connection, { name: `passing-${rounds}` });
        await pod[Symbol.asyncDispose]();
      }
    })();
    const verdicts: Verification[] = [];
    while (rounds < 4) verdicts.push(await verified());
    storming = false;
    await storm;
    for (const verification of verdicts) {
      expect(verification.findings.filter(({ ok }) => ok === false)).toEqual([]);
      expect(verification.pods.find(({ id }) => id === still.id)?.verdict).toBe("holds");
    }
    expect((await verified()).pods.map(({ id }) => id)).toEqual([still.id]);
  });

  test("a pod that was stopped is nobody's business without --all, and with it not measured", async () => {
    await using pod = await run("stopped");
    await connection.runtime.stopPodSandbox({ podSandboxId: pod.id });
    expect((await verified()).pods).toEqual([]);
    const result = await verified({ all: true });
    expect(result).toMatchObject({ verdict: "unmeasured", pods: [{ id: pod.id, state: "notready" }] });
    expect(wrong(result)).toMatchObject([
      ["stopped", "stopped", "namespace", "net", null, expect.stringContaining("not ready")],
    ]);
  });
});
