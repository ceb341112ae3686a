import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseCrictlConfig, readCrictlConfig } from "../../../src/cri/crictl-config.ts";
import { connect } from "../../../src/cri/connect.ts";
import { endpointCandidates, firstThatAnswers, wellKnown } from "../../../src/cri/discover.ts";
import { UnreachableError, UsageError } from "../../../src/errors.ts";
import { FakeRuntime, SocketFolder } from "../rpc/fake-runtime.ts";

const nowhere = "/nonexistent/crictl.yaml";

async function endpoints(hints: Parameters<typeof endpointCandidates>[0]): Promise<readonly string[]> {
  const { runtime, image } = await endpointCandidates({ configPath: nowhere, env: {}, ...hints });
  return [...runtime, ...(image === undefined ? [] : [image])].map(({ endpoint }) => endpoint.text);
}

test("what was named comes before the environment, that before the file, that before the well-known sockets", async () => {
  using folder = new SocketFolder();
  const configPath = join(folder.path, "crictl.yaml");
  writeFileSync(configPath, "runtime-endpoint: unix:///file.sock\n");
  const env = { CONTAINER_RUNTIME_ENDPOINT: "unix:///env.sock" };
  expect(await endpoints({ endpoint: "/arg.sock", env, configPath })).toEqual(["unix:///arg.sock"]);
  expect(await endpoints({ env, configPath })).toEqual(["unix:///env.sock"]);
  expect(await endpoints({ configPath })).toEqual(["unix:///file.sock"]);
  expect(await endpoints({})).toEqual(wellKnown().map(({ endpoint }) => endpoint.text));
});

test("an empty variable is as if it were not set", async () => {
  expect((await endpoints({ env: { CONTAINER_RUNTIME_ENDPOINT: "" } })).length).toBeGreaterThan(1);
});

test("a named runtime spares the file: one that is broken is not even read", async () => {
  using folder = new SocketFolder();
  const configPath = join(folder.path, "crictl.yaml");
  writeFileSync(configPath, "nonsense");
  expect(await endpoints({ endpoint: "/arg.sock", configPath })).toEqual(["unix:///arg.sock"]);
});

test("the image service has its own flag, variable and key", async () => {
  using folder = new SocketFolder();
  const configPath = join(folder.path, "crictl.yaml");
  writeFileSync(configPath, "runtime-endpoint: /r.sock\nimage-endpoint: /file.sock\n");
  const env = { IMAGE_SERVICE_ENDPOINT: "/env.sock" };
  expect((await endpoints({ endpoint: "/r.sock", imageEndpoint: "/arg.sock", env })).at(-1)).toBe("unix:///arg.sock");
  expect((await endpoints({ endpoint: "/r.sock", env })).at(-1)).toBe("unix:///env.sock");
  expect((await endpoints({ configPath })).at(-1)).toBe("unix:///file.sock");
});

test("the first in order that answers wins, not the first to answer; the others are closed", async () => {
  const [a, b, c] = wellKnown();
  const closed: string[] = [];
  const answers: Record<string, Promise<string>> = {
    [a!.endpoint.text]: Promise.reject(new UnreachableError("socket-missing", "no a")),
    [b!.endpoint.text]: new Promise((resolve) => setTimeout(resolve, 50, "b")),
    [c!.endpoint.text]: Promise.resolve("c"),
  };
  expect(
    await firstThatAnswers(
      [a!, b!, c!],
      ({ endpoint }) => answers[endpoint.text]!,
      (answer) => closed.push(answer),
    ),
  ).toBe("b");
  expect(closed).toEqual(["c"]);
});

test("an image service on the same socket shares the connection; on another it has its own", async () => {
  using folder = new SocketFolder();
  await using one = await FakeRuntime.listen(folder.socket("one"), {
    imageFsInfo: (_: unknown, done: (e: null, v: object) => void) => done(null, {}),
  } as never);
  await using two = await FakeRuntime.listen(folder.socket("two"), {
    imageFsInfo: (_: unknown, done: (e: null, v: object) => void) => done(null, {}),
  } as never);
  await using same = await connect(folder.socket("one"), { imageEndpoint: `unix://${folder.socket("one")}` });
  await same.image.imageFsInfo({});
  await using apart = await connect(folder.socket("one"), { imageEndpoint: folder.socket("two") });
  await apart.image.imageFsInfo({});
  expect(one.calls).toEqual(["Version", "ImageFsInfo", "Version"]);
  expect(two.calls).toEqual(["ImageFsInfo"]);
});

test("crictl's own file with all seven keys reads as it stands", async () => {
  const text = [
    'runtime-endpoint: "unix:///run/containerd/containerd.sock"',
    'image-endpoint: ""',
    "timeout: 0",
    "debug: false",
    "pull-image-on-create: true",
    "disable-pull-on-run: false",
    "max-retries: 3",
  ].join("\n");
  expect(await parseCrictlConfig(text, "x")).toEqual({
    runtimeEndpoint: "unix:///run/containerd/containerd.sock",
    timeoutSeconds: 0,
    debug: false,
    pullImageOnCreate: true,
    disablePullOnRun: false,
    maxRetries: 3,
  });
});

test.each([
  ["timeout: 2s", "x:1: 'timeout' takes a whole number"],
  ["debug: false\nruntime_endpoint: /x", "x:2: unknown key 'runtime_endpoint'"],
  ["debug: yes", "x:1: 'debug' takes true or false"],
  ["- a", "x:1: expected 'key: value' lines"],
  ["a: [", "x:1: not valid YAML"],
])("%j is refused with file, line and key", async (text, message) => {
  const parsing = parseCrictlConfig(text, "x");
  await expect(parsing).rejects.toBeInstanceOf(UsageError);
  await expect(parsing).rejects.toThrow(message);
});

test("no file is no setting, an empty file neither; a folder in its place is said", async () => {
  using folder = new SocketFolder();
  expect(await readCrictlConfig(nowhere)).toBeUndefined();
  writeFileSync(join(folder.path, "empty"), "");
  expect(await readCrictlConfig(join(folder.path, "empty"))).toEqual({});
  chmodSync(folder.path, 0o755);
  await expect(readCrictlConfig(folder.path)).rejects.toThrow(`cannot read ${folder.path} (EISDIR)`);
});
