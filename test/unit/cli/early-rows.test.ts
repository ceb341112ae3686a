import { status, type ServerWritableStream } from "@grpc/grpc-js";
import { afterEach, beforeEach, expect, test } from "vitest";
import { run } from "../../../src/cli/program.ts";
import { FakeRuntime, SocketFolder } from "../rpc/fake-runtime.ts";
import { fakeIo, fakeSink } from "./fake-io.ts";

let folder: SocketFolder;
beforeEach(() => {
  folder = new SocketFolder();
});
afterEach(() => folder[Symbol.dispose]());

type Done = (error: object | null, answer?: object) => void;

const tooLarge = (_: unknown, done: Done): void => done({ code: status.RESOURCE_EXHAUSTED, details: "too large" });
const item = (at: number): object => ({ id: `id-${at}`, metadata: { name: `name-${at}` }, createdAt: BigInt(at) });

const lists = [
  { words: ["ps", "-a"], one: "listContainers", many: "streamContainers", key: "containers" },
  { words: ["pods"], one: "listPodSandbox", many: "streamPodSandboxes", key: "podSandboxes" },
];

test.each(lists)("$words -o jsonl prints each portion before the next has come", async ({ words, many, key }) => {
  const stdout = fakeSink({ isTty: false });
  const rows = (): number => stdout.text().split("\n").length - 1;
  let waited = 0;
  await using runtime = await FakeRuntime.listen(folder.socket(), {
    // Sends the next portion when the rows of the last one have been printed, and gives up when they are not.
    [many]: async (call: ServerWritableStream<never, object>) => {
      for (let at = 0; at < 5; at++) {
        call.write({ [key]: [item(2 * at), item(2 * at + 1)] });
        while (rows() < 2 * (at + 1) && waited++ < 500) await new Promise((resolve) => setTimeout(resolve, 5));
      }
      call.end();
    },
  } as never);
  const code = await run(["-r", folder.socket(), ...words, "-o", "jsonl"], fakeIo({ stdout }));
  expect(waited).toBeLessThan(500);
  expect(code).toBe(0);
  const ids = stdout
    .text()
    .trimEnd()
    .split("\n")
    .map((line) => (JSON.parse(line) as { id: string }).id);
  // Of each portion the newest first.
  expect(ids).toEqual([1, 0, 3, 2, 5, 4, 7, 6, 9, 8].map((at) => `id-${at}`));
  expect(runtime.calls).toHaveLength(1);
});

test.each(lists)("$words -o jsonl without portions is one answer, newest first", async ({ words, one, key }) => {
  const stdout = fakeSink({ isTty: false });
  const items = [item(1), item(2)];
  await using runtime = await FakeRuntime.listen(folder.socket(), {
    [one]: (_: unknown, done: Done) => done(null, { [key === "containers" ? key : "items"]: items }),
  } as never);
  expect(await run(["-r", folder.socket(), ...words, "-o", "jsonl"], fakeIo({ stdout }))).toBe(0);
  expect(stdout.text()).toMatch(/^\{"id":"id-2".*\n\{"id":"id-1".*\n$/u);
  expect(runtime.calls).toEqual([`L${one.slice(1)}`]); // that there are no portions is the library's answer, not a handler's
});

test.each([["--sort", "name"], ["-n", "1"], ["--latest"]])(
  "%s %s waits for the last, which may be the first",
  async (...words) => {
    const stdout = fakeSink({ isTty: false });
    await using _ = await FakeRuntime.listen(folder.socket(), {
      listContainers: tooLarge,
      streamContainers: (call: ServerWritableStream<never, object>) => {
        call.write({ containers: [{ ...item(1), metadata: { name: "b" } }] });
        call.write({ containers: [{ ...item(2), metadata: { name: "a" } }] });
        call.end();
      },
    } as never);
    const flags = words.filter((word) => word !== undefined);
    expect(await run(["-r", folder.socket(), "ps", "-a", "-o", "jsonl", ...flags], fakeIo({ stdout }))).toBe(0);
    expect(stdout.text()).toMatch(/^\{"id":"id-2"/u);
  },
);

test("a list that breaks off in the middle is a failure behind the rows that came", async () => {
  const io = fakeIo({ stdout: fakeSink({ isTty: false }) });
  await using _ = await FakeRuntime.listen(folder.socket(), {
    listContainers: tooLarge,
    streamContainers: (call: ServerWritableStream<never, object>) => {
      call.write({ containers: [item(1)] });
      call.emit("error", { code: status.UNKNOWN, details: "broke" });
    },
  } as never);
  expect(await run(["-r", folder.socket(), "ps", "-a", "-o", "jsonl"], io)).toBe(1);
  expect(io.stdout.text()).toMatch(/^\{"id":"id-1".*\n$/u);
  expect(io.stderr.text()).toContain("broke");
});

test("without portions, a list that is too large says so", async () => {
  const io = fakeIo({ stdout: fakeSink({ isTty: false }) });
  await using _ = await FakeRuntime.listen(folder.socket(), { listContainers: tooLarge } as never);
  expect(await run(["-r", folder.socket(), "ps", "-o", "jsonl"], io)).toBe(1);
  expect(io.stderr.text()).toContain("too large");
  expect(io.stdout.text()).toBe("");
});
