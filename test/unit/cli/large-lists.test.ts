import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Context } from "../../../src/cli/context.ts";
import { list, type ListKind, type ListOptions } from "../../../src/cli/list.ts";
import type { Format, Result } from "../../../src/cli/outcome.ts";
import { run } from "../../../src/cli/program.ts";
import { containersKind, type ListedContainer } from "../../../src/cli/views/containers.ts";
import { ContainerState, PodSandboxState } from "../../../src/cri/messages.ts";
import { FakeRuntime, SocketFolder } from "../rpc/fake-runtime.ts";
import { fakeIo, fakeSink } from "./fake-io.ts";

const podCount = 1_000;
const containerCount = 10_000;
const number = (at: number): string => at.toString(16).padStart(64, "0");
const everyOther = (at: number): boolean => at % 2 === 0;

const items = Array.from({ length: podCount }, (_, at) => ({
  id: number(at),
  metadata: { name: `pod-${at}`, namespace: `space-${at % 10}`, uid: `uid-${at}` },
  state: PodSandboxState.SANDBOX_READY,
  createdAt: BigInt(at + 1),
}));
const containers = Array.from({ length: containerCount }, (_, at) => ({
  id: number(at),
  podSandboxId: number(at % podCount),
  metadata: { name: `container-${at}` },
  image: { image: "registry.test/image:1" },
  state: everyOther(at) ? ContainerState.CONTAINER_RUNNING : ContainerState.CONTAINER_EXITED,
  createdAt: BigInt(at + 1),
  labels: { "io.kubernetes.pod.name": `pod-${at % podCount}`, "io.kubernetes.pod.namespace": "space" },
}));

/** What the containers use. Each time it is asked the clock and the counters have gone on. */
const looks = { taken: 0 };
function containerStats(): readonly object[] {
  const now = BigInt(++looks.taken);
  return containers.map(({ id, metadata, labels, state }) => ({
    attributes: { id, metadata, labels },
    ...(state === ContainerState.CONTAINER_RUNNING
      ? { cpu: { timestamp: now * 1_000n, usageCoreNanoSeconds: { value: now * 500n } } }
      : {}),
  }));
}

const folder = new SocketFolder();
let runtime: FakeRuntime;
beforeAll(async () => {
  runtime = await FakeRuntime.listen(folder.socket(), {
    listPodSandbox: (_call: unknown, done: Done) => done(null, { items }),
    listContainers: (_call: unknown, done: Done) => done(null, { containers }),
    listContainerStats: (_call: unknown, done: Done) => done(null, { stats: containerStats() }),
    podSandboxStats: ({ request }: { readonly request: { readonly podSandboxId: string } }, done: Done) => {
      const now = BigInt(++looks.taken);
      const cpu = { timestamp: now * 1_000n, usageCoreNanoSeconds: { value: now * 500n } };
      done(null, { stats: { attributes: { id: request.podSandboxId }, linux: { cpu } } });
    },
  } as never);
});
afterAll(async () => {
  await runtime[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

type Done = (error: null, answer: object) => void;

/** Runs a command line; what it wrote, in how many pieces, and which RPCs the runtime was asked. */
async function crikit(argv: readonly string[], { isTty = false } = {}) {
  const stdout = fakeSink({ isTty });
  let writes = 0;
  const counted = { ...stdout, write: (text: string) => (writes++, stdout.write(text)) };
  runtime.calls.length = 0;
  const io = fakeIo({ stdout: counted });
  const code = await run(["-r", folder.socket(), ...argv], io);
  const calls = Object.fromEntries(
    [...new Set(runtime.calls)].map((rpc) => [rpc, runtime.calls.filter((call) => call === rpc).length]),
  );
  return { lines: stdout.text().trimEnd().split("\n"), writes, calls, code, stderr: io.stderr.text() };
}

describe("of 1,000 pods and 10,000 containers", () => {
  test("pods is one question and one piece of output", async () => {
    const { lines, writes, calls, code } = await crikit(["pods"]);
    expect({ lines: lines.length, writes, code }).toEqual({ lines: podCount + 1, writes: 1, code: 0 });
    expect(lines[1]).toMatch(/ pod-999 +space-9 /u);
    expect(calls).toEqual({ ListPodSandbox: 1 });
  });

  test.each([[[]], [["--sort", "name"]], [["--no-trunc"]], [["-q"]], [["-o", "name"]], [["-v"]]])(
    "ps -a %j is one question and one piece of output",
    async (more) => {
      const { lines, writes, calls, code } = await crikit(["ps", "-a", ...more]);
      expect({ writes, code, calls }).toEqual({ writes: 1, code: 0, calls: { ListContainers: 1 } });
      expect(lines.filter((line) => line.includes("container-") || /^[0-9a-f]{64}$/u.test(line)).length).toBe(
        containerCount,
      );
    },
  );

  test.each(["json", "jsonl", "yaml"])("ps -a -o %s has them all", async (format) => {
    const { lines, writes, calls } = await crikit(["ps", "-a", "-o", format]);
    expect({ writes, calls }).toEqual({ writes: 1, calls: { ListContainers: 1 } });
    expect(lines.join("\n").split("registry.test/image:1").length).toBe(containerCount + 1);
  });

  test("stats is two samples for a table, one for JSON, and never a question for a row", async () => {
    const shown = await crikit(["stats", "-s", "0.001"]);
    expect({ code: shown.code, stderr: shown.stderr, writes: shown.writes }).toEqual({
      code: 0,
      stderr: "",
      writes: 1,
    });
    expect(shown.calls).toEqual({ ListContainerStats: 2 });
    expect(shown.lines).toHaveLength(containerCount / 2 + 1);
    expect(shown.lines[1]).toMatch(/^0{13} +container-0 +50\.00 /u);
    expect((await crikit(["stats", "-s", "0.001", "-a"])).lines).toHaveLength(containerCount + 1);
    expect((await crikit(["stats", "-o", "jsonl"])).calls).toEqual({ ListContainerStats: 1 });
    const ids = containers.slice(0, 200).map(({ id }) => id);
    const named = await crikit(["stats", "-s", "0.001", ...ids]);
    expect({ calls: named.calls, lines: named.lines.length }).toEqual({ calls: { ListContainerStats: 2 }, lines: 201 });
  });

  test("top takes its pods from labels, and shows so many as it is asked for", async () => {
    const { lines, calls } = await crikit(["top", "-s", "0.001", "-n", "3"]);
    expect({ calls, lines: lines.length }).toEqual({ calls: { ListContainerStats: 2 }, lines: 4 });
  });

  test("statsp listens for an interruption without a warning of Node's about it", async () => {
    const warnings: unknown[] = [];
    const note = (warning: unknown): unknown => warnings.push(warning);
    process.on("warning", note);
    try {
      await crikit(["statsp", "-s", "0.1"]);
      await new Promise((resolve) => setImmediate(resolve));
    } finally {
      process.off("warning", note);
    }
    expect(warnings).toEqual([]);
  });

  test("statsp asks for each pod twice, and shows them at once, or one by one where somebody watches", async () => {
    const piped = await crikit(["statsp", "-s", "0.001"]);
    expect(piped.calls).toEqual({ Version: 1, ListPodSandbox: 1, PodSandboxStats: 2 * podCount });
    expect({ lines: piped.lines.length, writes: piped.writes, code: piped.code }).toEqual({
      lines: podCount + 1,
      writes: 1,
      code: 0,
    });
    const watched = await crikit(["statsp", "-s", "0.001"], { isTty: true });
    expect(watched.writes).toBe(podCount + 1);
    expect((await crikit(["statsp", "-o", "jsonl"])).calls).toEqual({
      Version: 1,
      ListPodSandbox: 1,
      PodSandboxStats: podCount,
    });
  });
});

describe("the work for a list grows as the list does", () => {
  /** The kind of `ps`, which counts how often a part of it is called. */
  function counting(): { readonly kind: ListKind<ListedContainer>; readonly counts: Record<string, number> } {
    const counts: Record<string, number> = {};
    const counted =
      <Args extends unknown[], Value>(name: string, work: (...args: Args) => Value) =>
      (...args: Args): Value => {
        counts[name] = (counts[name] ?? 0) + 1;
        return work(...args);
      };
    const columns = containersKind.columns.map(({ cell, key, ...column }) => ({
      ...column,
      cell: counted("cell", cell),
      ...(key === undefined ? {} : { key: counted("key", key) }),
    }));
    return { kind: { ...containersKind, columns, toJson: counted("json", containersKind.toJson) }, counts };
  }

  async function counts(
    size: number,
    options: ListOptions & { readonly format?: Format; readonly customColumns?: string } = {},
  ): Promise<Readonly<Record<string, number>>> {
    const { kind, counts: counted } = counting();
    const { format = "table", customColumns } = options;
    const context = { format, customColumns, signal: new AbortController().signal } as unknown as Context;
    const some = containers.slice(0, size) as unknown as readonly ListedContainer[];
    const outcome = (await list(kind, async () => some, { options, context })) as Result<unknown>;
    outcome.view(outcome.data, { width: Infinity, color: false, now: new Date() });
    return counted;
  }

  test("each cell of a table is written once, and no JSON is made for it", async () => {
    expect(await counts(containerCount)).toEqual({ cell: containerCount * containersKind.columns.length });
  });

  test("what is sorted by is asked for once of each", async () => {
    const cells = containerCount * containersKind.columns.length;
    expect(await counts(containerCount, { sort: "created" })).toEqual({ cell: cells, key: containerCount });
    // A column without a key is sorted by its cells.
    expect(await counts(containerCount, { sort: "-name" })).toEqual({ cell: cells + containerCount });
  });

  test("JSON of each is made once, for columns of one's own as well, and no table beside it", async () => {
    expect(await counts(containerCount, { format: "jsonl" })).toEqual({
      json: containerCount,
      cell: containerCount * containersKind.columns.length, // this test's own view
    });
    const customColumns = "NAME:.metadata.name,IMAGE:.image.image,ID:.id";
    expect(await counts(containerCount, { format: "custom-columns", customColumns })).toEqual({ json: containerCount });
  });
});
