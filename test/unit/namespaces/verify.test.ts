import { renameSync, rmSync, symlinkSync } from "node:fs";
import { expect, test } from "vitest";
import type { Line } from "../../../src/cri/connect.ts";
import { PodSandboxState } from "../../../src/cri/messages.ts";
import { CancelledError, HostError, NotFoundError } from "../../../src/errors.ts";
import { verify, type Verification, type VerifyOptions } from "../../../src/namespaces/verify.ts";
import { type FakeProcess, ProcTree } from "./proc-tree.ts";

/** A pod of the fake runtime: what it says of its containers, by id. */
interface FakePod {
  readonly id: string;
  readonly pid: number;
  readonly containers: Readonly<Record<string, number>>;
  readonly notReady?: boolean;
  readonly labels?: Readonly<Record<string, string>>;
  /** It is listed, and gone when its status is asked for. */
  readonly gone?: boolean;
}

/** A runtime that counts what it is asked. What the test changes of `pods` it says from then on. */
class FakeRuntime {
  readonly calls: string[] = [];
  pods: readonly FakePod[];
  onCall: (rpc: string) => void = () => undefined;

  constructor(pods: readonly FakePod[]) {
    this.pods = pods;
  }

  count(rpc: string): number {
    return this.calls.filter((call) => call === rpc).length;
  }

  get line(): Line {
    const tell = (rpc: string): void => {
      this.calls.push(rpc);
      this.onCall(rpc);
    };
    const state = ({ notReady }: FakePod): PodSandboxState =>
      notReady === true ? PodSandboxState.SANDBOX_NOTREADY : PodSandboxState.SANDBOX_READY;
    const runtime = {
      listPodSandbox: async () => {
        tell("ListPodSandbox");
        return { items: this.pods.map((pod) => ({ id: pod.id, state: state(pod), labels: pod.labels ?? {} })) };
      },
      listContainers: async () => {
        tell("ListContainers");
        const containers = this.pods.flatMap(({ id: podSandboxId, containers: own }) =>
          Object.keys(own).map((id, at) => ({ id, podSandboxId, metadata: { name: id }, createdAt: BigInt(at) })),
        );
        return { containers };
      },
      podSandboxStatus: async ({ podSandboxId }: { podSandboxId: string }) => {
        tell("PodSandboxStatus");
        const pod = this.pods.find(({ id }) => id === podSandboxId);
        if (pod === undefined || pod.gone === true) throw new NotFoundError(`no pod ${podSandboxId}`);
        return {
          status: {
            metadata: { name: pod.id, namespace: "shop", uid: `${pod.id}-uid`, attempt: 0 },
            state: state(pod),
            linux: { namespaces: { options: { network: 0, pid: 1, ipc: 0 } } },
            network: { ip: "10.0.0.2" },
          },
          info: { info: JSON.stringify({ pid: pod.pid, config: { linux: asked } }) },
        };
      },
      containerStatus: async ({ containerId }: { containerId: string }) => {
        tell("ContainerStatus");
        const pid = this.pods.flatMap(({ containers }) => containers[containerId] ?? [])[0];
        if (pid === undefined) throw new NotFoundError(`no container ${containerId}`);
        return { status: {}, info: { info: JSON.stringify({ pid }) } };
      },
    };
    return { runtime, endpoint: "unix:///fake.sock" } as unknown as Line;
  }
}

const asked = { security_context: { namespace_options: { pid: 1 } } };

/** Some pods of two containers each, and their processes as a right runtime makes them. */
function pods(count: number): { readonly pods: FakePod[]; readonly processes: FakeProcess[] } {
  const made = Array.from({ length: count }, (_, at): { pod: FakePod; processes: readonly FakeProcess[] } => {
    const first = 100 + 10 * at;
    const id = `pod${at}`;
    return {
      pod: { id, pid: first, containers: { [`${id}-a`]: first + 1, [`${id}-b`]: first + 2 } },
      processes: [processOf(first, id, id), processOf(first + 1, id, `${id}-a`), processOf(first + 2, id, `${id}-b`)],
    };
  });
  return { pods: made.map(({ pod }) => pod), processes: made.flatMap(({ processes }) => processes) };
}

function processOf(pid: number, pod: string, id: string): FakeProcess {
  return { pid, cgroup: `/k8s.io/${id}`, namespaces: { net: pod, ipc: pod, uts: pod, pid: id, mnt: id } };
}

const core = { checks: ["namespace", "border"], nowMs: 0 } as const;

async function verifyIn(
  tree: ProcTree,
  runtime: FakeRuntime,
  options: Partial<VerifyOptions> = {},
): Promise<Verification> {
  return verify(runtime.line, { ...core, proc: tree.root, ...options });
}

const wrong = ({ findings }: Verification): readonly unknown[] =>
  findings.filter(({ ok }) => ok !== true).map(({ name, namespace, ok, reason }) => [name, namespace, ok, reason]);

test("200 pods cost one list of pods, one of containers, and one status for each pod and container", async () => {
  const made = pods(200);
  using tree = new ProcTree(made.processes);
  const runtime = new FakeRuntime(made.pods);
  const result = await verifyIn(tree, runtime);
  expect(result.verdict).toBe("holds");
  expect(result.pods).toHaveLength(200);
  expect(
    ["ListPodSandbox", "ListContainers", "PodSandboxStatus", "ContainerStatus"].map((rpc) => runtime.count(rpc)),
  ).toEqual([1, 1, 200, 400]);
});

test("a pod that is named is judged alone, and against all its neighbours", async () => {
  const made = pods(3);
  const shared = {
    ...processOf(110, "pod1", "pod1"),
    namespaces: { ...processOf(110, "pod1", "pod1").namespaces, net: "pod0" },
  };
  using tree = new ProcTree(made.processes.map((one) => (one.pid === 110 ? shared : one)));
  const result = await verifyIn(tree, new FakeRuntime(made.pods), { ids: ["pod0"] });
  expect(result.pods.map(({ id }) => id)).toEqual(["pod0"]);
  expect(wrong(result)).toEqual([["pod0", "net", false, "pod pod1 has the same"]]);
});

test("without a word the ready pods are meant, with all those that are not as well, with a label those that have it", async () => {
  const made = pods(3);
  using tree = new ProcTree(made.processes);
  const [first, second, third] = made.pods as [FakePod, FakePod, FakePod];
  const list = [first, { ...second, notReady: true }, { ...third, labels: { app: "shop" } }];
  const idsOf = async (options: Partial<VerifyOptions>): Promise<readonly string[]> =>
    (await verifyIn(tree, new FakeRuntime(list), options)).pods.map(({ id }) => id);
  expect(await idsOf({})).toEqual(["pod0", "pod2"]);
  expect(await idsOf({ all: true })).toEqual(["pod0", "pod1", "pod2"]);
  expect(await idsOf({ labels: { app: "shop" } })).toEqual(["pod2"]);
  const none = await verifyIn(tree, new FakeRuntime(list), { labels: { app: "none" } });
  expect(none).toMatchObject({ verdict: "unmeasured", pods: [], findings: [] });
});

test("a container that was restarted while it was measured is looked at again, and its pod holds", async () => {
  const made = pods(2);
  using tree = new ProcTree(made.processes.filter(({ pid }) => pid !== 101));
  const runtime = new FakeRuntime(made.pods);
  let statuses = 0;
  runtime.onCall = (rpc) => {
    if (rpc !== "ContainerStatus" || ++statuses !== 5) return;
    tree.add(processOf(103, "pod0", "pod0-a"));
    runtime.pods = runtime.pods.map((pod) =>
      pod.id === "pod0" ? { ...pod, containers: { "pod0-a": 103, "pod0-b": 102 } } : pod,
    );
  };
  const result = await verifyIn(tree, runtime);
  expect(wrong(result)).toEqual([]);
  expect(result.pods[0]?.members.map(({ pid }) => pid)).toEqual([100, 103, 102]);
});

/** Two pods, of which the first has a container that no look finds: what it has is said at each list of containers. */
async function verifyRestless(
  containersAt: (asked: number) => Readonly<Record<string, number>>,
): Promise<Verification> {
  const made = pods(2);
  using tree = new ProcTree(made.processes.filter(({ pid }) => pid !== 101));
  const runtime = new FakeRuntime(made.pods);
  runtime.onCall = (rpc) => {
    if (rpc !== "ListContainers") return;
    const containers = { "pod0-b": 102, ...containersAt(runtime.count("ListContainers")) };
    runtime.pods = runtime.pods.map((pod) => (pod.id === "pod0" ? { ...pod, containers } : pod));
  };
  return await verifyIn(tree, runtime);
}

test("a container that is another one at every look stays unmeasured while it runs, and is left out when it has ended", async () => {
  const restless = (endsAtLast: boolean): Promise<Verification> =>
    verifyRestless((asked) => (endsAtLast && asked === 4 ? {} : { "pod0-a": 1000 + asked }));
  expect(await restless(false)).toMatchObject({
    verdict: "unmeasured",
    pods: [{ verdict: "unmeasured" }, { verdict: "holds" }],
  });
  const ended = await restless(true);
  expect(wrong(ended)).toEqual([]);
  expect(ended.pods[0]?.members.map(({ name }) => name)).toEqual(["pod0", "pod0-b"]);
});

test("a container that ended at every look, and runs again as another one, is not taken for one that has ended", async () => {
  const result = await verifyRestless((asked) => ({ [`pod0-a${asked}`]: 1000 + asked }));
  expect(result).toMatchObject({ verdict: "unmeasured", pods: [{ verdict: "unmeasured" }, { verdict: "holds" }] });
  expect(result.pods[0]?.members.map(({ id, reason }) => [id, reason])).toEqual([
    ["pod0", null],
    ["pod0-b", null],
    ["pod0-a4", "it was started while its pod was measured"],
  ]);
});

test("nothing holds where crikit is in a container that may not look at the host's first process", async () => {
  const made = pods(1);
  // The pod is on the host's network, and nobody could tell.
  const astray = made.processes.map((one) => ({ ...one, namespaces: { ...one.namespaces, net: "host" } }));
  using tree = new ProcTree(astray);
  rmSync(`${tree.root}/self`);
  tree.add({ pid: 8, namespaces: { net: "crikit", uts: "crikit" } });
  renameSync(`${tree.root}/8/ns/uts`, `${tree.root}/8/ns/uts:[4026532999]`);
  symlinkSync("uts:[4026532999]", `${tree.root}/8/ns/uts`);
  tree.link("self", 8);
  tree.end(1);
  await expect(verifyIn(tree, new FakeRuntime(made.pods))).rejects.toBeInstanceOf(HostError);
});

test("a process that stays away is asked for again once, and said", async () => {
  const made = pods(2);
  using tree = new ProcTree(made.processes.filter(({ pid }) => pid !== 101));
  const runtime = new FakeRuntime(made.pods);
  const result = await verifyIn(tree, runtime);
  expect(result.verdict).toBe("unmeasured");
  expect(new Set(wrong(result).map((finding) => JSON.stringify((finding as unknown[])[3])))).toEqual(
    new Set(['"process 101 is gone"']),
  );
  expect(runtime.count("ListContainers")).toBe(2);
});

test("a pod that goes away meanwhile is left out; one that was named is missed", async () => {
  const made = pods(2);
  using tree = new ProcTree(made.processes);
  const list = made.pods.map((pod) => (pod.id === "pod1" ? { ...pod, gone: true } : pod));
  expect((await verifyIn(tree, new FakeRuntime(list))).pods.map(({ id }) => id)).toEqual(["pod0"]);
  await expect(verifyIn(tree, new FakeRuntime(list), { ids: ["pod1"] })).rejects.toBeInstanceOf(NotFoundError);
});

test("what is broken of a pod that was stopped meanwhile is taken back", async () => {
  const made = pods(1);
  using tree = new ProcTree(made.processes);
  const modes = async (stopped: boolean): Promise<Verification> => {
    const runtime = new FakeRuntime(made.pods);
    const { line } = runtime;
    const { podSandboxStatus } = line.runtime;
    let asks = 0;
    const answerTo: typeof podSandboxStatus = async (request, options) => {
      const answer = await podSandboxStatus(request, options);
      if (++asks === 1) answer.status!.linux!.namespaces!.options!.ipc = 2; // reported: the host's, asked for: the pod's
      if (asks > 1 && stopped) answer.status!.state = PodSandboxState.SANDBOX_NOTREADY;
      return answer;
    };
    const changed = { ...line, runtime: { ...line.runtime, podSandboxStatus: answerTo } };
    return verify(changed, { checks: ["modes"], nowMs: 0, proc: tree.root });
  };
  expect(wrong(await modes(false))).toEqual([["pod0", "ipc", false, expect.stringContaining("asked for POD")]]);
  expect(wrong(await modes(true))).toEqual([["pod0", "ipc", null, "the pod was stopped while it was looked at"]]);
});

test("who gives up gets no verdict", async () => {
  const made = pods(1);
  using tree = new ProcTree(made.processes);
  const signal = AbortSignal.abort(new CancelledError("given up"));
  await expect(verifyIn(tree, new FakeRuntime(made.pods), { signal })).rejects.toBeInstanceOf(CancelledError);
});
