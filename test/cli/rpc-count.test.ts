import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Connection } from "../../src/cri/connect.ts";
import { busyboxImage } from "../../src/images/lab-images.ts";
import { Lab } from "../../src/lab/lab.ts";
import { Scope } from "../../src/lifetime.ts";
import type { Container } from "../../src/sandbox/container.ts";
import { PodSandbox } from "../../src/sandbox/pod-sandbox.ts";
import { containerds } from "../runtime/labs.ts";
import { crikit } from "./crikit.ts";

const idle = ["sh", "-c", "trap 'exit 0' TERM; sleep 600 & wait"];

/** What `--debug` shows of the calls of a command line. */
async function callsOf(endpoint: string, argv: readonly string[]) {
  const { stderr, stdout } = await crikit(["-r", endpoint, "-D", ...argv]);
  const all = [...stderr.matchAll(/^debug: (\w+) on /gmu)].map(([, rpc = ""]) => rpc);
  return { calls: all, stdout, stderr };
}

function counted(rpcs: readonly string[]): Readonly<Record<string, number>> {
  return Object.fromEntries(rpcs.map((rpc) => [rpc, rpcs.filter((other) => other === rpc).length]));
}

describe.each(containerds)("on $name a command asks for no more than it needs", ({ path }) => {
  const scope = new Scope();
  let lab: Lab;
  let line: Connection;
  let pods: readonly PodSandbox[];
  let app: Container;

  beforeAll(async () => {
    lab = await Lab.start({ name: `cli-rpcs-${process.pid}`, containerd: path, ephemeral: true });
    scope.defer(() => lab.down());
    line = scope.use(await lab.connect());
    const web = scope.use(await PodSandbox.run(line, { name: "web", namespace: "shop" }));
    const blog = scope.use(await PodSandbox.run(line, { name: "blog", namespace: "shop" }));
    pods = [web, blog];
    app = await web.start({ name: "app", image: busyboxImage, command: idle });
    await blog.start({ name: "helper", image: busyboxImage, command: idle });
  });
  afterAll(() => scope[Symbol.asyncDispose]());

  /** Words that stand for what has no name before the tests run. */
  const real = (words: string): readonly string[] =>
    words
      .replace("POD-ID", pods[0]?.id ?? "")
      .replace("CONTAINER-ID", app.id)
      .replace("IMAGE", busyboxImage)
      .split(" ");

  test.each([
    ["version", { Version: 1 }],
    ["info", { Status: 1 }],
    ["pods", { ListPodSandbox: 1 }],
    ["pods --name web --label a=b -o json", { ListPodSandbox: 1 }],
    ["pods -o wide", { ListPodSandbox: 1, PodSandboxStatus: 2 }],
    ["ps", { ListContainers: 1 }],
    ["ps -a -o yaml", { ListContainers: 1 }],
    ["ps --pod POD-ID", { ListContainers: 1 }],
    ["ps --pod web", { ListContainers: 1, ListPodSandbox: 1 }],
    ["ps --image IMAGE", { ListContainers: 1, ImageStatus: 1 }],
    ["ps -r", { ListContainers: 1, ListImages: 1 }],
    ["ps -o wide", { ListContainers: 1, ContainerStatus: 2, PodSandboxStatus: 2 }],
    ["inspect CONTAINER-ID", { ContainerStatus: 1 }],
    ["inspect app", { ListContainers: 1, ContainerStatus: 1 }],
    ["inspect web/app", { ListContainers: 1, ListPodSandbox: 1, ContainerStatus: 1 }],
    ["inspect --latest", { ListContainers: 1, ContainerStatus: 1 }],
    ["inspectp POD-ID", { PodSandboxStatus: 1 }],
    ["inspectp web", { ListPodSandbox: 1, PodSandboxStatus: 1 }],
    ["images", { ListImages: 1 }],
    ["images busybox", { ListImages: 1 }],
    ["images -o wide", { ListImages: 1 }],
    ["inspecti IMAGE", { ImageStatus: 1 }],
    ["imagefsinfo", { ImageFsInfo: 1 }],
    ["stop -a --dry-run", { ListContainers: 1 }],
    ["rm -a --dry-run", { ListContainers: 1 }],
    ["stopp -a --dry-run", { ListPodSandbox: 1 }],
    ["rmp -a --dry-run", { ListPodSandbox: 1 }],
    ["logs CONTAINER-ID", { ContainerStatus: 1 }],
    ["stats -s 0.1", { ListContainerStats: 2 }],
    ["stats -s 0", { ListContainerStats: 1 }],
    ["stats -o json", { ListContainerStats: 1 }],
    ["stats -q", { ListContainerStats: 1 }],
    ["stats -q --sort -cpu -s 0.1", { ListContainerStats: 2 }],
    ["stats -s 0.1 CONTAINER-ID", { ContainerStats: 2 }],
    ["stats -s 0.1 app", { ListContainers: 1, ContainerStats: 2 }],
    ["stats -s 0.1 app helper", { ListContainers: 1, ListContainerStats: 2 }],
    ["stats -s 0.1 -o wide", { ListContainerStats: 2 }],
    // The version says how many pods may be asked for at once.
    ["statsp -s 0.1", { Version: 1, ListPodSandbox: 1, PodSandboxStats: 4 }],
    ["statsp -o json", { Version: 1, ListPodSandbox: 1, PodSandboxStats: 2 }],
    ["statsp -s 0.1 POD-ID", { PodSandboxStats: 2 }],
    ["top -s 0.1", { ListContainerStats: 2 }],
    ["top CONTAINER-ID", { ListContainers: 1, ListPodSandbox: 1 }],
  ])("%s", async (words, expected) => {
    const { calls, stderr } = await callsOf(lab.endpoint, real(words));
    expect(counted(calls), stderr).toEqual(expected);
    // Each once at most, and none that is not followed by the list itself.
  });

  test.each([
    ["runtime-config", "RuntimeConfig"],
    ["metricsp", "ListPodSandboxMetrics"],
    ["metricdescs", "ListMetricDescriptors"],
  ])("%s; and for the runtime's version where it does not have that", async (name, rpc) => {
    const { calls, stderr } = await callsOf(lab.endpoint, [name]);
    const isMissing = stderr.includes(`does not implement ${rpc}`);
    expect(counted(calls)).toEqual(isMissing ? { [rpc]: 1, Version: 1 } : { [rpc]: 1 });
  });

  test("wrong words ask nobody", async () => {
    for (const words of [
      "ps --state asleep",
      "stats --sort nope",
      "pods -o custom-columns=",
      "inspect",
      "stats -w -s 0",
    ]) {
      const { calls } = await callsOf(lab.endpoint, words.split(" "));
      expect([words, ...calls]).toEqual([words]);
    }
  });
});
