import { expect, test } from "vitest";
import {
  parseContainerInfo,
  parsePodSandboxInfo,
  parseStatusInfo,
} from "../../../src/cri/verbose-info/verbose-info.ts";
import { MalformedAnswerError } from "../../../src/errors.ts";

function info(value: unknown): Record<string, string> {
  return { info: JSON.stringify(value) };
}

function spec(network: object | undefined): object {
  return {
    linux: { namespaces: [{ type: "pid" }, ...(network === undefined ? [] : [{ type: "network", ...network }])] },
  };
}

test("containerd's sandbox has a process and a pin", async () => {
  const pin = "/run/netns/cni-1234";
  expect(await parsePodSandboxInfo(info({ pid: 4242, runtimeSpec: spec({ path: pin }) }))).toMatchObject({
    pid: 4242,
    netnsPath: pin,
  });
});

test("a stopped sandbox has pid 0, which is no process", async () => {
  expect(
    (await parsePodSandboxInfo(info({ pid: 0, runtimeSpec: spec({ path: "/run/netns/x" }) }))).pid,
  ).toBeUndefined();
});

test("CRI-O without infra container tells the pin and no process", async () => {
  const found = await parsePodSandboxInfo(info({ runtimeSpec: spec({ path: "/var/run/netns/f00" }) }));
  expect([found.pid, found.netnsPath]).toEqual([undefined, "/var/run/netns/f00"]);
});

test("a pod on the host's network has no pin", async () => {
  expect((await parsePodSandboxInfo(info({ pid: 1, runtimeSpec: spec(undefined) }))).netnsPath).toBeUndefined();
});

test("a path below /proc is a process's, not a pin", async () => {
  expect(
    (await parsePodSandboxInfo(info({ runtimeSpec: spec({ path: "/proc/12/ns/net" }) }))).netnsPath,
  ).toBeUndefined();
});

test("numbers beyond 2^53 are intact, the others stay numbers", async () => {
  const text =
    '{"pid": 7, "sandboxID": "s", "runtimeSpec": {"process": {"rlimits": [{"hard": 18446744073709551615, "soft": 1024}]}}}';
  const found = await parseContainerInfo({ info: text });
  expect(found).toMatchObject({ pid: 7, podSandboxId: "s" });
  expect(found.runtimeSpec?.["process"]).toEqual({ rlimits: [{ hard: 18_446_744_073_709_551_615n, soft: 1024 }] });
});

test("a runtime that says nothing verbosely leaves everything open", async () => {
  expect(await parseContainerInfo({})).toEqual({
    pid: undefined,
    podSandboxId: undefined,
    runtimeSpec: undefined,
    info: {},
  });
});

test("what should be JSON and is not is said", async () => {
  await expect(parsePodSandboxInfo({ info: "{" })).rejects.toBeInstanceOf(MalformedAnswerError);
  await expect(parsePodSandboxInfo({ info: "[1]" })).rejects.toBeInstanceOf(MalformedAnswerError);
});

test("Status mixes JSON and plain words: each is what it says", async () => {
  expect(await parseStatusInfo({ golang: '"go1.19"', config: '{"a":[1]}', lastCNILoadStatus: "OK" })).toEqual({
    golang: "go1.19",
    config: { a: [1] },
    lastCNILoadStatus: "OK",
  });
});
