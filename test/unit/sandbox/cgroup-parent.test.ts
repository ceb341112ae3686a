import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { dial } from "../../../src/cri/connect.ts";
import { cgroupDriver, cgroupParent, cgroupParentFor } from "../../../src/sandbox/cgroup-parent.ts";
import { FakeRuntime, SocketFolder } from "../rpc/fake-runtime.ts";

type Answer = (request: never, done: (error: object | null, answer?: unknown) => void) => void;

const gives = (answer: unknown): never => ((_: never, done: Parameters<Answer>[1]) => done(null, answer)) as never;
const config = {
  containerd: {
    defaultRuntimeName: "runc",
    runtimes: { runc: { options: { SystemdCgroup: true } }, crun: { options: { SystemdCgroup: false } }, kata: {} },
  },
};
const status = gives({ status: {}, info: { config: JSON.stringify(config), golang: "go1.19" } });

async function drivers(
  handlers: Readonly<Record<string, never>>,
  names: readonly string[],
): Promise<{ found: readonly string[]; calls: readonly string[] }> {
  using folder = new SocketFolder();
  await using fake = await FakeRuntime.listen(folder.socket(), handlers);
  await using line = await dial(`unix://${folder.socket()}`);
  const found: string[] = [];
  for (const name of names) found.push(await cgroupDriver(line, name));
  return { found, calls: fake.calls };
}

describe("the cgroup driver", () => {
  test("is what RuntimeConfig says, asked once a connection", async () => {
    const { found, calls } = await drivers({ runtimeConfig: gives({ linux: { cgroupDriver: 0 } }) }, ["", ""]);
    expect(found).toEqual(["systemd", "systemd"]);
    expect(calls).toEqual(["RuntimeConfig"]);
  });

  test("is what the verbose Status shows of the handler where RuntimeConfig is not there", async () => {
    const { found, calls } = await drivers({ status }, ["", "runc", "crun", "kata"]);
    expect(found).toEqual(["systemd", "systemd", "cgroupfs", "cgroupfs"]);
    expect(new Set(calls)).toEqual(new Set(["Status"])); // and nobody's Version
  });

  test("is the host's own where the runtime says nothing", async () => {
    const { found } = await drivers({ status: gives({ status: {} }) }, [""]);
    expect(found).toEqual([existsSync("/run/systemd/system") ? "systemd" : "cgroupfs"]);
  });

  test("is asked for again after a failure that says nothing of it", async () => {
    using folder = new SocketFolder();
    await using _ = await FakeRuntime.listen(folder.socket(), {
      runtimeConfig: gives({ linux: { cgroupDriver: 1 } }),
    });
    await using line = await dial(`unix://${folder.socket()}`);
    await expect(cgroupDriver(line, "", { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "cancelled" });
    expect(await cgroupParentFor(line, { metadata: { uid: "u", name: "web" } })).toMatch(/^\/crikit-pod[0-9a-f]{32}$/u);
  });

  test("is told to whoever asks although somebody else, who asked before, gives up", async () => {
    using folder = new SocketFolder();
    const held: ((error: null, answer: unknown) => void)[] = [];
    let begin: () => void = () => undefined;
    const begun = new Promise<void>((resolve) => (begin = resolve));
    await using _ = await FakeRuntime.listen(folder.socket(), {
      runtimeConfig: ((_call: never, done: (error: null, answer: unknown) => void) => {
        held.push(done);
        begin();
      }) as never,
    });
    await using line = await dial(`unix://${folder.socket()}`);
    const giveUp = new AbortController();
    const first = cgroupDriver(line, "", { signal: giveUp.signal });
    const second = cgroupDriver(line);
    await begun;
    giveUp.abort();
    await expect(first).rejects.toMatchObject({ code: "cancelled" });
    await line.runtime.version({}); // whatever was asked before it has come
    for (const done of held) done(null, { linux: { cgroupDriver: 0 } });
    expect(await second).toBe("systemd");
  });
});

describe("a pod's cgroup parent", () => {
  const uuid = "2058d515-dbbb-4191-9b15-fee9f5832157";

  test("is written as each driver wants it, with the uid in it when that is one of a machine's", () => {
    expect(cgroupParent({ uid: uuid }, "cgroupfs")).toBe("/crikit-pod2058d515_dbbb_4191_9b15_fee9f5832157");
    expect(cgroupParent({ uid: uuid }, "systemd")).toBe(
      "/crikit.slice/crikit-pod2058d515_dbbb_4191_9b15_fee9f5832157.slice",
    );
  });

  test("is another for pods that were given the same uid, and never leads elsewhere", () => {
    const one = cgroupParent({ uid: "../..", name: "one" }, "cgroupfs");
    const two = cgroupParent({ uid: "../..", name: "two" }, "cgroupfs");
    expect(one).not.toBe(two);
    expect(one).toMatch(/^\/crikit-pod[0-9a-f]{32}$/u);
  });
});
