import { expect, test } from "vitest";
import type { Mount } from "../../../../src/linux/mountinfo.ts";
import { judgeAddresses } from "../../../../src/namespaces/checks/addresses.ts";
import { judgeStarted } from "../../../../src/namespaces/checks/exec.ts";
import { fromLinks, type Interfaces } from "../../../../src/namespaces/checks/interfaces.ts";
import { judgeLoopback } from "../../../../src/namespaces/checks/loopback.ts";
import { judgeModes } from "../../../../src/namespaces/checks/modes.ts";
import { judgeOrphanPins } from "../../../../src/namespaces/checks/orphan-pins.ts";
import { judgeOwner } from "../../../../src/namespaces/checks/owner.ts";
import { judgePin } from "../../../../src/namespaces/checks/pin.ts";
import { pinOf } from "../../../../src/namespaces/checks/pinned.ts";
import type { NodePin, NodePins } from "../../../../src/namespaces/checks/pins-of-node.ts";
import { all, member, netns, pod, promise } from "./fake-pod.ts";

function seen(addresses: readonly string[], change: Partial<Extract<Interfaces, { read: true }>> = {}): Interfaces {
  return { read: true, addresses: new Set(addresses), loopback: "up", evidence: [], ...change };
}

test("addresses inside that the runtime does not report are fine, reported ones that are missing are not", () => {
  const inside = ["127.0.0.1", "::1", "10.1.0.7", "fd00::7", "10.9.9.9"];
  expect(judgeAddresses(pod(), seen(inside))).toMatchObject({
    check: "addresses",
    podNamespace: "shop",
    ok: true,
    observed: "10.1.0.7 fd00::7 10.9.9.9",
    expectedId: "10.1.0.7 fd00::7",
  });
  expect(judgeAddresses(pod({ ips: ["FD00:0::7"] }), seen(inside)).ok).toBe(true);
  expect(judgeAddresses(pod(), seen(["10.1.0.7"]))).toMatchObject({
    ok: false,
    reason: "not in its network namespace: fd00::7",
  });
});

test("a ready pod without an address is broken; one that could not be looked into is not judged", () => {
  expect(judgeAddresses(pod({ ips: [] }), seen([]))).toMatchObject({
    ok: false,
    reason: "the runtime reports no address for it",
  });
  const blind: Interfaces = { read: false, reason: "no permission", evidence: [] };
  expect(judgeAddresses(pod(), blind)).toMatchObject({ ok: null, reason: "no permission" });
  expect(judgeLoopback(pod(), blind)).toMatchObject({ ok: null, reason: "no permission" });
});

test.each([
  [["LOOPBACK", "UP", "LOWER_UP"], ["127.0.0.1"], "up", true],
  [["LOOPBACK", "UP", "LOWER_UP"], ["::1"], "up", true],
  [["LOOPBACK"], ["127.0.0.1"], "down", false],
  [["LOOPBACK", "UP"], [], "without an address", false],
  [["BROADCAST", "UP"], ["127.0.0.1"], "missing", false],
] as const)("a loopback interface with %j and %j is %s", (flags, addresses, loopback, ok) => {
  const info = addresses.map((local) => ({ family: "inet", local, prefixlen: 8 }) as const);
  const links = [{ ifname: "lo", ifindex: 1, mtu: 65_536, operstate: "UNKNOWN", flags, addr_info: info }];
  expect(fromLinks(links).loopback).toBe(loopback);
  expect(judgeLoopback(pod(), seen([], fromLinks(links)))).toMatchObject({ ok, observed: loopback });
});

test("modes that are not reported as they were asked for are broken, one finding each; what nobody keeps is unmeasured", () => {
  expect(judgeModes(pod(), "unix:///it")).toMatchObject([{ check: "modes", ok: true, namespace: null }]);
  const asked = { ...promise, network: "NODE", user: "POD" } as const;
  expect(judgeModes(pod({ asked }), "unix:///it")).toMatchObject([
    { ok: false, namespace: "net", expectedId: "NODE", observed: "POD" },
    { ok: false, namespace: "user", expectedId: "POD", observed: "NODE" },
  ]);
  expect(judgeModes(pod({ asked: undefined }), "unix:///it")).toMatchObject([{ ok: null }]);
});

const view = { pid: "self", startTimeTicks: null } as const;

function mounted(change: Partial<Mount> = {}): Mount {
  const nsfs = { fileSystem: "nsfs", root: "net:[100]", device: "0:4", source: "nsfs", superOptions: "rw" };
  return { id: 1, parentId: 0, mountPoint: "/run/netns/cni-1", ...nsfs, ...change };
}

test("a pin holds when the sandbox's network namespace is mounted there", () => {
  expect(judgePin(pod(), { view, mount: mounted() })).toMatchObject({
    ok: true,
    expectedId: "4:100",
    observed: "4:100",
    evidence: [
      { what: "/run/netns/cni-1", id: "nsfs net:[100]", command: "findmnt --mountpoint /run/netns/cni-1" },
      { what: "pid 10", id: "4:100", startTimeTicks: "110", command: "stat -L -c %d:%i /proc/10/ns/net" },
    ],
  });
});

test.each([
  [undefined, "nothing is mounted on /run/netns/cni-1 any more"],
  [mounted({ fileSystem: "tmpfs" }), "is no network namespace"],
  [mounted({ root: "ipc:[100]" }), "is no network namespace"],
  [mounted({ root: "net:[101]" }), "pins another network namespace than its sandbox is in"],
  [mounted({ device: "0:5" }), "pins another network namespace than its sandbox is in"],
])("a pin is broken where %o is", (mount, reason) => {
  expect(judgePin(pod(), { view, mount })).toMatchObject({ ok: false, reason: expect.stringContaining(reason) });
});

test("a pin is not judged where the runtime names none, or no process shows the namespace", () => {
  expect(judgePin(pod({ pin: undefined }), { view, mount: undefined })).toMatchObject({ ok: null });
  expect(judgePin(pod({ members: [] }), { view, mount: mounted() })).toMatchObject({ ok: null, observed: "4:100" });
  // Whoever was never promised the pod's network shows nothing of it.
  const stranger = { ...member("web", 11, { net: { dev: 4n, ino: 1n } }), promise: { ...promise, network: "NODE" } };
  expect(judgePin(pod({ members: [stranger as never] }), { view, mount: mounted() })).toMatchObject({ ok: null });
});

test("that crikit itself sees no mount is not held against a pin when no process shows whose view that is", () => {
  const shim = { pid: 77, startTimeTicks: 5n };
  expect(judgePin(pod({ members: [] }), { view, mount: undefined })).toMatchObject({
    ok: null,
    reason: expect.stringContaining("as crikit sees it"),
  });
  expect(judgePin(pod({ members: [] }), { view: shim, mount: undefined })).toMatchObject({ ok: false });
  expect(judgePin(pod(), { view, mount: undefined })).toMatchObject({ ok: false });
});

test("a runtime's own mounts are shown from where it sees them", () => {
  const shim = { pid: 77, startTimeTicks: 5n };
  expect(judgePin(pod(), { view: shim, mount: mounted() }).evidence[0]).toMatchObject({
    startTimeTicks: "5",
    command: "nsenter --target 77 --mount -- findmnt --mountpoint /run/netns/cni-1",
  });
});

test("the device of a mount is put into one number as stat does it", () => {
  expect(pinOf(mounted({ device: "8:300" }))?.dev).toBe((8n << 8n) | 44n | (256n << 12n));
});

const uuid = "cni-0f2e1b33-95a1-4c84-b0a3-0123456789ab";

function node(pin: Partial<NodePin> = {}, change: Partial<NodePins> = {}): NodePins {
  return {
    pins: [{ path: `/run/netns/${uuid}`, id: { dev: 4n, ino: 500n }, ageMs: 3_600_000, user: undefined, ...pin }],
    podNetns: new Set(),
    names: new Set(),
    ownFolder: undefined,
    otherRuntimes: [],
    incomplete: undefined,
    ...change,
  };
}

test("a runtime's pin that no pod has is an orphan", () => {
  expect(judgeOrphanPins(node())).toMatchObject([
    { check: "orphan-pin", member: `/run/netns/${uuid}`, name: uuid, ok: false, observed: "4:500" },
  ]);
  expect(judgeOrphanPins(node({ path: `/run/netns/${uuid.slice(4)}` }))).toMatchObject([{ ok: false }]);
});

const user = { pid: 9, comm: "pause", startTimeTicks: 3n };

test.each([
  ["it is a second name of a pod's", node({}, { podNetns: new Set(["4:500"]) })],
  ["crikit made it", node({}, { names: new Set([`/run/netns/${uuid}`]) })],
  ["its pod may still be in the making", node({ ageMs: 5_000 })],
  ["a person made it", node({ path: "/run/netns/blue" })],
  ["podman made it", node({ path: `/run/netns/netns-${uuid.slice(4)}` })],
  ["a process of another runtime's pod is in it", node({ user })],
])("a pin is no orphan when %s", (_, pins) => {
  expect(judgeOrphanPins(pins)).toEqual([]);
});

test.each([
  ["its age is not known", node({ ageMs: null })],
  ["another runtime may have it", node({}, { otherRuntimes: ["/run/crio/crio.sock"] })],
  ["the runtime does not tell its pins", node({}, { incomplete: "the runtime does not tell" })],
])("a pin is not judged when %s", (_, pins) => {
  expect(judgeOrphanPins(pins)).toMatchObject([{ ok: null }]);
});

test("in a folder where only one runtime pins, nobody else is thought of: what has a process there is an orphan too", () => {
  const path = `/run/lab/netns/${uuid}`;
  const pins = node({ path, user }, { ownFolder: "/run/lab/netns", otherRuntimes: ["/run/crio/crio.sock"] });
  expect(judgeOrphanPins(pins)).toMatchObject([
    { ok: false, reason: expect.stringContaining("process 9 (pause)"), evidence: [{ what: path }, { what: "pid 9" }] },
  ]);
});

test("a started process is judged kind by kind", () => {
  const web = member("web", 11);
  const container = all(11n);
  const started = { seen: true, pid: 50, startTimeTicks: 9n, namespaces: container, container } as const;
  expect(judgeStarted(pod(), web, started)).toMatchObject([
    { check: "exec", member: "web-id", ok: true, observed: "net ipc uts pid mnt user cgroup time" },
  ]);
  const stray = { ...started, namespaces: { ...container, uts: netns, cgroup: netns } };
  expect(judgeStarted(pod(), web, stray)).toMatchObject([
    { namespace: "uts", ok: false, expectedId: "4:11", observed: "4:100" },
    { namespace: "cgroup", ok: false },
  ]);
  expect(judgeStarted(pod(), web, { seen: false, reason: "no sleep" })).toMatchObject([
    { ok: null, reason: "no sleep" },
  ]);
});

test("a network namespace belongs to the pod when root of both is the same, and nobody can tell where that is the host's", () => {
  const seenBy = (ofPod: number, ofNetns: number) => judgeOwner(pod(), { read: true, ofPod, ofNetns, evidence: [] });
  expect(seenBy(300_000, 300_000)).toMatchObject({ check: "owner", namespace: "net", ok: true, reason: null });
  expect(seenBy(300_000, 0)).toMatchObject({ ok: false, expectedId: "uid 300000", observed: "uid 0" });
  expect(seenBy(300_000, 400_000)).toMatchObject({ ok: false });
  expect(seenBy(0, 0)).toMatchObject({ ok: null });
  expect(judgeOwner(pod(), { read: false, reason: "gone", evidence: [] })).toMatchObject({ ok: null, reason: "gone" });
});
