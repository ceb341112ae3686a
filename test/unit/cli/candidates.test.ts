import { describe, expect, test } from "vitest";
import {
  containerCandidates,
  containerFlagCandidates,
  createdContainerCandidates,
  handlerCandidates,
  imageCandidates,
  podCandidates,
  podIdCandidates,
  readyPodCandidates,
  runningContainerCandidates,
  type Ask,
} from "../../../src/cli/candidates.ts";
import type { Context } from "../../../src/cli/context.ts";
import { Container, ContainerState, Image, PodSandbox, PodSandboxState } from "../../../src/cri/messages.ts";

const { CONTAINER_CREATED, CONTAINER_EXITED, CONTAINER_RUNNING } = ContainerState;

/** A whole id that begins so. */
const id = (start: string): string => start.padEnd(64, "0");

interface Held {
  readonly containers?: readonly Container[];
  readonly items?: readonly PodSandbox[];
  readonly images?: readonly Image[];
  readonly handlers?: readonly string[];
}

/** A line to a runtime that holds these, and counts what it is asked. */
function lineTo({ containers = [], items = [], images = [], handlers = [] }: Held) {
  const calls: string[] = [];
  const answer =
    <Answer>(rpc: string, value: Answer) =>
    async (): Promise<Answer> => {
      calls.push(rpc);
      return value;
    };
  const line = {
    runtime: {
      listContainers: answer("ListContainers", { containers }),
      listPodSandbox: answer("ListPodSandbox", { items }),
      status: answer("Status", { runtimeHandlers: handlers.map((name) => ({ name })) }),
    },
    image: { listImages: answer("ListImages", { images }) },
    call: {},
  };
  return { calls, connect: async () => line as unknown as Awaited<ReturnType<Context["connect"]>> };
}

async function offered(ask: Ask, held: Held, current = "", before: readonly string[] = []): Promise<readonly string[]> {
  const line = lineTo(held);
  const candidates = await ask(line, { current, before });
  expect(line.calls).toHaveLength(1);
  return candidates.map(({ value }) => value);
}

function container(
  start: string,
  name: string,
  pod: string | undefined,
  state: ContainerState = CONTAINER_RUNNING,
): Container {
  const labels = pod === undefined ? {} : { "io.kubernetes.pod.name": pod, "io.kubernetes.pod.namespace": "shop" };
  return Container.fromPartial({
    id: id(start),
    metadata: { name, attempt: 0 },
    labels,
    state,
    image: { image: "box:1" },
  });
}

function pod(
  start: string,
  name: string,
  namespace: string,
  state: PodSandboxState = PodSandboxState.SANDBOX_READY,
): PodSandbox {
  return PodSandbox.fromPartial({ id: id(start), metadata: { name, namespace, uid: "", attempt: 0 }, state });
}

describe("containers are offered", () => {
  const containers = [
    container("aaa1", "app", "web"),
    container("bbb2", "db", "web", CONTAINER_EXITED),
    container("ccc3", "app", "blog"),
    container("ddd4", "new", undefined, CONTAINER_CREATED),
  ];

  test("by the shortest name that means one alone", async () => {
    expect(await offered(containerCandidates, { containers })).toEqual(["web/app", "db", "blog/app", "new"]);
  });

  test("by whichever of their names goes on from what is typed, and by id", async () => {
    expect(await offered(containerCandidates, { containers }, "web/")).toEqual(["web/app", "web/db"]);
    expect(await offered(containerCandidates, { containers }, "shop/b")).toEqual(["shop/blog/app"]);
    expect(await offered(containerCandidates, { containers }, "bb")).toEqual([id("bbb2").slice(0, 13)]);
    expect(await offered(containerCandidates, { containers }, id("bbb2").slice(0, 20))).toEqual([id("bbb2")]);
    expect(await offered(containerCandidates, { containers }, "ap")).toEqual([]);
  });

  test("once each: not what stands on the line already", async () => {
    expect(await offered(containerCandidates, { containers }, "", ["web/app", "db"])).toEqual(["blog/app", "new"]);
    expect(await offered(containerCandidates, { containers }, "", [id("ccc3").slice(0, 13)])).not.toContain("blog/app");
  });

  test("in the state that a command can do something with", async () => {
    expect(await offered(runningContainerCandidates, { containers })).toEqual(["web/app", "blog/app"]);
    expect(await offered(createdContainerCandidates, { containers })).toEqual(["new"]);
  });

  test("after a restart by the name for the one that lives, by id for the one that is left behind", async () => {
    const attempts = [container("aaa1", "app", "web", CONTAINER_EXITED), container("bbb2", "app", "web")];
    expect(await offered(containerCandidates, { containers: attempts })).toEqual([id("aaa1").slice(0, 13), "app"]);
    const dead = attempts.map((each) => ({ ...each, state: CONTAINER_EXITED }));
    expect(await offered(containerCandidates, { containers: dead })).toEqual([
      id("aaa1").slice(0, 13),
      id("bbb2").slice(0, 13),
    ]);
  });

  test("by id where a name would move the cursor, be a flag, or is none", async () => {
    const odd = [
      container("aaa1", "\u001b[31mred", undefined),
      container("bbb2", "-f", undefined),
      container("ccc3", "", undefined),
    ];
    expect(await offered(containerCandidates, { containers: odd })).toEqual(
      ["aaa1", "bbb2", "ccc3"].map((s) => id(s).slice(0, 13)),
    );
  });

  test("with their state and image, so that one is told from another", async () => {
    const candidates = await containerCandidates(lineTo({ containers }), { current: "", before: [] });
    expect(candidates[1]).toEqual({ value: "db", about: "exited, box:1" });
    const [byId] = await containerCandidates(lineTo({ containers }), { current: "aaa", before: [] });
    expect(byId?.about).toBe("web/app, running, box:1");
  });

  test("to flags by what the flag takes", async () => {
    expect(await offered(containerFlagCandidates["--id"], { containers }, "c")).toEqual([id("ccc3").slice(0, 13)]);
    expect(await offered(containerFlagCandidates["--pod"], { items: [pod("e", "web", "shop")] })).toEqual(["web"]);
  });
});

describe("pods are offered", () => {
  const items = [
    pod("aaa1", "web", "shop"),
    pod("bbb2", "web", "test", PodSandboxState.SANDBOX_NOTREADY),
    pod("ccc3", "db", "shop"),
  ];

  test("by name, with the namespace where two have the name", async () => {
    expect(await offered(podCandidates, { items })).toEqual(["shop/web", "test/web", "db"]);
    expect(await offered(podCandidates, { items }, "shop/")).toEqual(["shop/web", "shop/db"]);
    expect(await offered(readyPodCandidates, { items })).toEqual(["shop/web", "db"]);
  });

  test("by id alone to what takes no name", async () => {
    expect(await offered(podIdCandidates, { items }, "bb")).toEqual([id("bbb2").slice(0, 13)]);
    expect(await offered(podIdCandidates, { items }, "web")).toEqual([]);
  });
});

describe("images are offered", () => {
  const images = [
    Image.fromPartial({ id: `sha256:${id("aaa1")}`, repoTags: ["docker.io/library/busybox:1", "r.io/x:2"] }),
    Image.fromPartial({ id: `sha256:${id("bbb2")}` }),
  ];

  test("by all their tags, and by id where there is none", async () => {
    expect(await offered(imageCandidates, { images })).toEqual([
      "docker.io/library/busybox:1",
      "r.io/x:2",
      id("bbb2").slice(0, 13),
    ]);
  });

  test("by the short name of Docker Hub's, and by id, where that is typed", async () => {
    expect(await offered(imageCandidates, { images }, "busy")).toEqual(["busybox:1"]);
    expect(await offered(imageCandidates, { images }, "aaa")).toEqual([id("aaa1").slice(0, 13)]);
    expect(await offered(imageCandidates, { images }, "sha256:b")).toEqual([`sha256:${id("bbb2")}`]);
  });
});

test("handlers are offered but the one without a name, which is the default", async () => {
  expect(await offered(handlerCandidates, { handlers: ["", "runc", "gvisor"] })).toEqual(["runc", "gvisor"]);
});
