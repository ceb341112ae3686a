import { expect, test } from "vitest";
import { connect } from "../../../../src/cri/connect.ts";
import { NamespaceMode } from "../../../../src/cri/messages.ts";
import { runChecks } from "../../../../src/namespaces/checks/run-checks.ts";
import { measurePods } from "../../../../src/namespaces/measure.ts";
import { podsOfRuntime } from "../../../../src/namespaces/pods-of-runtime.ts";
import type { Finding } from "../../../../src/namespaces/verdict.ts";
import { FakeRuntime, SocketFolder } from "../../rpc/fake-runtime.ts";

/** What the check says of a runtime that reports a pod on the host's network and pids, and tells this of it verbosely. */
async function findingsFor(info: object): Promise<readonly Finding[]> {
  using folder = new SocketFolder();
  const options = { network: NamespaceMode.NODE, pid: NamespaceMode.NODE, ipc: NamespaceMode.POD, targetId: "" };
  const status = {
    id: "pod-id",
    metadata: { name: "web", uid: "u", namespace: "shop", attempt: 0 },
    state: 0,
    createdAt: 1n,
    linux: { namespaces: { options } },
    labels: {},
    annotations: {},
    runtimeHandler: "",
  };
  await using _ = await FakeRuntime.listen(folder.socket(), {
    listContainers: (_call, done) => done(null, { containers: [] }),
    podSandboxStatus: (_call, done) =>
      done(null, { status, info: { info: JSON.stringify(info) }, containersStatuses: [], timestamp: 0n }),
  });
  await using line = await connect(folder.socket());
  const pods = await measurePods(await podsOfRuntime(line, ["pod-id"]));
  return await runChecks(pods, { line, nowMs: 0 }, ["modes"]);
}

/** The config as containerd keeps it. */
function asked(options: object): object {
  return { config: { linux: { security_context: { namespace_options: options } } } };
}

test("a runtime that reports other modes than it was asked for is broken, mode by mode", async () => {
  expect(await findingsFor(asked({ network: 2, pid: 1 }))).toMatchObject([
    { pod: "web", podNamespace: "shop", namespace: "pid", ok: false, expectedId: "CONTAINER", observed: "NODE" },
  ]);
  expect(await findingsFor(asked({ network: 2, pid: 2 }))).toMatchObject([{ ok: true, namespace: null }]);
  expect(await findingsFor({ config: {} })).toMatchObject([
    { namespace: "net", ok: false, expectedId: "POD" },
    { namespace: "pid", ok: false, expectedId: "POD" },
  ]);
});

test("CRI-O's note of what was asked for counts the same, and one that tells nothing is unmeasured", async () => {
  const noted = (options: string) => ({
    runtimeSpec: { annotations: { "io.kubernetes.cri-o.NamespaceOptions": options } },
  });
  expect(await findingsFor(noted('{"network":2,"pid":2}'))).toMatchObject([{ ok: true }]);
  expect(await findingsFor(noted('{"network":2,"pid":1}'))).toMatchObject([{ ok: false, namespace: "pid" }]);
  expect(await findingsFor(noted("{"))).toMatchObject([{ ok: null }]);
  expect(await findingsFor({})).toMatchObject([{ ok: null, reason: "the runtime does not tell what was asked for" }]);
});
