import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { namespaceKinds, type NamespaceId } from "../../../src/linux/namespace.ts";
import type { MeasuredPod, Member, Namespaces } from "../../../src/namespaces/measure.ts";
import type { Expectations, NamespacePromise } from "../../../src/namespaces/pod.ts";
import { judge } from "../../../src/namespaces/verdict.ts";
import { identity } from "./pod-to-measure.ts";

const promise: NamespacePromise = { network: "POD", ipc: "POD", pid: "CONTAINER", user: "NODE" };
const host = namespaces(() => ({ dev: 4n, ino: 1n }));

function namespaces(id: (kind: string, at: bigint) => NamespaceId): Namespaces {
  return Object.fromEntries(namespaceKinds.map((kind, at) => [kind, id(kind, BigInt(at))]));
}

function member(name: string, own: Namespaces, kind: Member["kind"] = "container"): Member {
  const found = { measured: true, namespaces: { ...host, ...own }, startTimeTicks: 1n } as const;
  return { kind, id: `${name}-id`, name, pid: 7, promise, found };
}

function pod(members: readonly Member[], change: Partial<MeasuredPod> = {}): MeasuredPod {
  return { ...identity, promise, pin: undefined, members, ...change };
}

/** The namespaces of a right member: the pod's net, ipc and uts; its own pid and mnt. */
function right(own: bigint, dev = 4n): Namespaces {
  const pods = { dev, ino: 100n };
  return { net: pods, ipc: pods, uts: pods, pid: { dev, ino: own }, mnt: { dev, ino: own } };
}

test("the same inode on another device is another namespace", () => {
  const sandbox = member("pod", right(200n), "sandbox");
  expect(judge([pod([sandbox, member("web", right(300n))])], host).verdict).toBe("holds");
  const elsewhere = { ...right(300n), net: { dev: 5n, ino: 100n } };
  const { verdict, findings } = judge([pod([sandbox, member("web", elsewhere)])], host);
  expect(verdict).toBe("broken");
  expect(findings.filter(({ ok }) => ok === false)).toMatchObject([
    { member: "web-id", namespace: "net", expected: "same-as-pod", expectedId: "4:100", observed: "5:100" },
  ]);
  const twin = { ...right(300n), mnt: { dev: 5n, ino: 200n } }; // the sandbox's number, not the sandbox's namespace
  expect(judge([pod([sandbox, member("web", twin)])], host).verdict).toBe("holds");
});

test("a pin alone is no evidence: a pod without a process leaves no verdict, also beside one that holds", () => {
  const empty = pod([], { id: "empty-id", name: "empty", pin: { path: "/pin", id: { dev: 4n, ino: 900n } } });
  const { verdict, findings } = judge([empty], host);
  expect(verdict).toBe("unmeasured");
  expect(findings.filter(({ ok }) => ok === null)).toMatchObject([
    { pod: "empty", member: "empty-id", reason: "it has no running process to measure" },
  ]);
  const whole = pod([member("pod", right(200n), "sandbox")]);
  expect(judge([whole], host).verdict).toBe("holds");
  expect(judge([whole, empty], host).verdict).toBe("unmeasured");
  const onHost = pod([], { promise: { ...promise, network: "NODE" } });
  expect(judge([onHost], host).verdict).toBe("unmeasured");
});

test("the pin is believed before the sandbox's own process", () => {
  const pin = { path: "/pin", id: { dev: 4n, ino: 900n } };
  const { findings } = judge([pod([member("pod", right(200n), "sandbox")], { pin })], host);
  expect(findings.filter(({ ok }) => ok === false)).toMatchObject([
    { member: "pod-id", namespace: "net", expectedId: "4:900", observed: "4:100" },
  ]);
});

test("a pod that is given twice is not its own twin", () => {
  const once = pod([member("pod", right(200n), "sandbox")]);
  expect(judge([once, { ...once }], host).verdict).toBe("holds");
});

test("containers that cannot agree anchor nothing", () => {
  const other = { ...right(300n), net: { dev: 4n, ino: 101n } };
  const members = [member("a", right(200n)), member("b", other)];
  const { verdict, findings } = judge([pod(members)], host);
  expect(verdict).toBe("unmeasured");
  expect(findings.filter(({ namespace, ok }) => namespace === "net" && ok === null)).toHaveLength(3);
  const twoAndTwo = [...members, member("c", right(400n)), member("d", { ...right(500n), net: other.net })];
  expect(judge([pod(twoAndTwo)], host).verdict).toBe("unmeasured");
});

test("two of three outvote the third, which is named", () => {
  const stray = { ...right(400n), net: { dev: 4n, ino: 101n } };
  const members = [member("a", right(200n)), member("b", right(300n)), member("stray", stray)];
  const { verdict, findings } = judge([pod(members)], host);
  expect(verdict).toBe("broken");
  expect(findings.filter(({ ok }) => ok === false)).toMatchObject([{ name: "stray", namespace: "net" }]);
});

test("whatever was or was not measured, there is a verdict, and one with a gap never holds", () => {
  const id = fc.record({ dev: fc.bigInt(4n, 5n), ino: fc.bigInt(1n, 3n) });
  const kinds = fc.dictionary(fc.constantFrom(...namespaceKinds), id).map((found) => found as Namespaces);
  const mode = fc.constantFrom("POD", "CONTAINER", "NODE", "TARGET");
  const anyPromise = fc.record({
    network: fc.constantFrom("POD", "NODE"),
    ipc: fc.constantFrom("POD", "NODE"),
    pid: mode,
    targetId: fc.constantFrom("a-id", "nobody"),
    user: fc.constantFrom("POD", "NODE"),
  }) as fc.Arbitrary<NamespacePromise>;
  const found = fc.oneof(
    fc.record({ measured: fc.constant(true as const), namespaces: kinds, startTimeTicks: fc.constant(1n) }),
    fc.constant({ measured: false as const, reason: "gone" }),
  );
  const anyMember = fc.record({ name: fc.constantFrom("a", "b"), promise: anyPromise, found });
  fc.assert(
    fc.property(fc.array(fc.tuple(anyPromise, fc.array(anyMember, { maxLength: 3 })), { maxLength: 3 }), (drawn) => {
      const pods = drawn.map(([podPromise, members], at) => ({
        ...pod(members.map((one) => ({ ...member(one.name, {}), ...one }))),
        id: `pod-${at}`,
        promise: podPromise,
      }));
      const { verdict, findings } = judge(pods, host);
      const gap = pods.length === 0 || pods.some(({ members }) => members.length === 0);
      const unseen = pods.some(({ members }) => members.some((one) => !one.found.measured));
      if (gap || unseen) expect(verdict).not.toBe("holds");
      expect(verdict === "broken").toBe(findings.some(({ ok }) => ok === false));
      for (const { ok, observed, reason } of findings) {
        if (ok === null) expect(reason).not.toBeNull();
        else expect(observed).not.toBeNull();
      }
    }),
  );
});

test("a finding says what it rests on, and how to see it by hand", () => {
  const pin = { path: "/run/netns/it's", id: { dev: 4n, ino: 900n } };
  const { findings } = judge([pod([member("pod", right(200n), "sandbox")], { pin })], host);
  expect(findings.find(({ namespace, check }) => check === "namespace" && namespace === "net")).toMatchObject({
    pod: "pod",
    podId: "pod-id",
    podNamespace: "lab",
    ok: false,
    evidence: [
      { what: "pid 7", id: "4:100", startTimeTicks: "1", command: "stat -L -c %d:%i /proc/7/ns/net" },
      {
        what: "/run/netns/it's",
        id: "4:900",
        startTimeTicks: null,
        command: String.raw`stat -L -c %d:%i '/run/netns/it'\''s'`,
      },
    ],
  });
  expect(findings.find(({ namespace }) => namespace === "user")?.evidence.at(-1)).toEqual({
    what: "the host",
    id: "4:1",
    startTimeTicks: null,
    command: "stat -L -c %d:%i /proc/1/ns/user",
  });
});

describe("what is expected counts instead of the promise", () => {
  const sandbox = member("pod", right(200n), "sandbox");
  const web = member("web", right(300n));
  const wrongFor = (expected: Expectations, pods: readonly MeasuredPod[]): readonly unknown[] =>
    judge(pods, host, expected)
      .findings.filter(({ ok }) => ok !== true)
      .map(({ name, namespace, expected: wanted, ok }) => [name, namespace, wanted, ok]);

  test("shared is the pod's own, also where each has one for itself", () => {
    expect(wrongFor({ net: "shared", ipc: "shared", uts: "shared", pid: "private" }, [pod([sandbox, web])])).toEqual(
      [],
    );
    expect(wrongFor({ pid: "shared" }, [pod([sandbox, web])])).toEqual([["web", "pid", "same-as-pod", false]]);
    expect(wrongFor({ mnt: "shared" }, [pod([sandbox, web])])).toEqual([["web", "mnt", "same-as-pod", false]]);
  });

  test("private is what no other has, neither in this pod nor in another", () => {
    expect(wrongFor({ uts: "private" }, [pod([sandbox, web])])).toEqual([
      ["pod", "uts", "private", false],
      ["web", "uts", "private", false],
    ]);
    expect(wrongFor({ time: "private" }, [pod([sandbox])])).toEqual([["pod", "time", "private", false]]); // the host's
  });

  test("host is the host's, and there is no border then; a pod that has it is broken where it should share its own", () => {
    expect(wrongFor({ net: "host" }, [pod([sandbox])])).toEqual([["pod", "net", "same-as-host", false]]);
    const asHost = { ...promise, network: "NODE" } as const;
    const { net: hosts, uts } = host;
    const onHost = { ...member("pod", { ...right(200n), net: hosts!, uts: uts! }, "sandbox"), promise: asHost };
    expect(wrongFor({}, [pod([onHost], { promise: asHost })])).toEqual([]);
    expect(wrongFor({ net: "shared" }, [pod([onHost], { promise: asHost })])).toEqual([
      ["pod", "net", "same-as-pod", false],
      ["pod", "net", "differs-from-other-pods", false],
    ]);
  });

  test("a kind that the kernel does not have is not measured when it is expected, and else not spoken of", () => {
    const { time: _, ...without } = host;
    const { time: __, ...own } = { ...host, ...right(200n) };
    const found = { measured: true, namespaces: own, startTimeTicks: 1n } as const;
    const pods = [pod([{ ...sandbox, found }])];
    expect(judge(pods, without).findings.map(({ namespace }) => namespace)).not.toContain("time");
    expect(judge(pods, without, { time: "private" }).findings.filter(({ ok }) => ok === null)).toMatchObject([
      { namespace: "time", reason: "the kernel shows no time namespace of it" },
    ]);
  });
});

test("a pin of another kind than net anchors that kind, where the sandbox has no process", () => {
  const ipc = { path: "/run/ipcns/a", id: { dev: 4n, ino: 100n } };
  const web = member("web", right(300n));
  const alone = judge([pod([web], { pin: { path: "/pin", id: { dev: 4n, ino: 100n } } })], host);
  expect(alone.findings.filter(({ ok }) => ok === null)).toMatchObject([
    { namespace: "ipc", reason: expect.stringContaining("one container alone is no witness") },
    { namespace: "uts" },
  ]);
  const pinned = pod([web], { pin: { path: "/pin", id: { dev: 4n, ino: 100n } }, otherPins: { ipc } });
  const { findings } = judge([pinned], host);
  expect(findings.filter(({ ok }) => ok === null)).toMatchObject([{ namespace: "uts" }]);
  expect(findings.find(({ namespace }) => namespace === "ipc")?.evidence[1]).toMatchObject({ what: "/run/ipcns/a" });
});

test("a finding rests on what was seen: first the member, then whom it was held against, each once", () => {
  const sandbox = { ...member("pod", right(200n), "sandbox"), pid: 10 };
  const web = { ...member("web", { ...right(300n), pid: { dev: 4n, ino: 200n } }), pid: 11 };
  const { findings } = judge([pod([sandbox, web])], host);
  const evidenceOf = (name: string, kind: string): readonly string[] =>
    findings.find((one) => one.name === name && one.namespace === kind)?.evidence.map(({ what }) => what) ?? [];
  expect(evidenceOf("pod", "net")).toEqual(["pid 10"]);
  expect(evidenceOf("web", "net")).toEqual(["pid 11", "pid 10"]);
  expect(evidenceOf("web", "pid")).toEqual(["pid 11", "pid 10"]); // who should not be there
  expect(evidenceOf("web", "user")).toEqual(["pid 11", "the host"]);
});

test("who has a namespace as well is named so that it cannot be mistaken: with its pod, and that with its namespace", () => {
  const ids = ["a", "b", "c"] as const;
  const pods = ids.map((id, at) => {
    const sandbox = { ...member(id, { ...right(200n + BigInt(at)), mnt: { dev: 4n, ino: 900n } }, "sandbox"), id };
    return pod([sandbox], { id, name: "web", namespace: id === "c" ? "other" : "lab" });
  });
  const reasons = (some: readonly MeasuredPod[]): readonly unknown[] =>
    judge(some, host)
      .findings.filter(({ ok, podId }) => ok === false && podId === "a")
      .map(({ reason }) => reason);
  expect(reasons(pods.slice(0, 2))).toEqual(["b of pod web has the same", "pod web has the same"]);
  expect(reasons([pods[0]!, pods[2]!])).toEqual(["c of pod other/web has the same", "pod other/web has the same"]);
});
