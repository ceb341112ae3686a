import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { setTimeout } from "node:timers/promises";
import { expect, onTestFinished, test, vi } from "vitest";
import type { Line } from "../../../../src/cri/connect.ts";
import { HostError, RuntimeFailedError } from "../../../../src/errors.ts";
import type { Link } from "../../../../src/linux/ip.ts";
import { namespaceOf, namespacesOf } from "../../../../src/linux/namespace.ts";
import type { CheckSource } from "../../../../src/namespaces/checks/check.ts";
import { readInterfaces } from "../../../../src/namespaces/checks/interfaces.ts";
import { mountAt, mountViews } from "../../../../src/namespaces/checks/mount-views.ts";
import { checkAddresses, checkLoopback } from "../../../../src/namespaces/checks/network.ts";
import { startAndLook } from "../../../../src/namespaces/checks/start-and-look.ts";
import type { MeasuredPod, Member } from "../../../../src/namespaces/measure.ts";
import { ProcTree } from "../proc-tree.ts";
import { member, pod, source } from "./fake-pod.ts";

/** Pids that this machine cannot have: what is found in a tree may be killed. */
const firstPid = 2 ** 22 + 10;

const lists = {
  fib_trie: "     |-- 10.1.0.7\n        /32 host LOCAL\n     |-- 127.0.0.1\n        /32 host LOCAL\n",
  if_inet6:
    "00000000000000000000000000000001 01 80 10 80       lo\nfd000000000000000000000000000007 04 40 00 82     eth0\n",
  igmp: "1\tlo        :     1      V3\n\t\t\t\t010000E0     1 0:00000000\t\t0\n",
};

/** A pod whose sandbox is a process of the tree. */
async function podIn(tree: ProcTree, files: Partial<typeof lists> = lists): Promise<MeasuredPod> {
  tree.add({ pid: firstPid, namespaces: { net: "pod" } });
  mkdirSync(`${tree.root}/${firstPid}/net`);
  for (const [file, text] of Object.entries(files)) writeFileSync(`${tree.root}/${firstPid}/net/${file}`, text);
  const namespaces = await namespacesOf(firstPid, tree.root);
  const found = { measured: true, namespaces, startTimeTicks: BigInt(firstPid + 100) } as const;
  return pod({
    members: [{ ...member("pod", firstPid), found }],
    pin: { path: "/run/netns/cni-1", id: await namespaceOf(firstPid, "net", tree.root) },
  });
}

const never = (): never => expect.unreachable();

const links: readonly Link[] = [
  {
    ifname: "lo",
    ifindex: 1,
    mtu: 65_536,
    operstate: "UNKNOWN",
    flags: ["LOOPBACK", "UP"],
    addr_info: [{ family: "inet", local: "127.0.0.1", prefixlen: 8 }],
  },
  {
    ifname: "eth0",
    ifindex: 2,
    mtu: 1_500,
    operstate: "UP",
    flags: ["UP"],
    addr_info: [
      { family: "inet", local: "10.1.0.7", prefixlen: 24 },
      { family: "inet6", local: "fd00::7", prefixlen: 64 },
    ],
  },
];

test("what procfs shows of a pod is enough: nobody enters it", async () => {
  using tree = new ProcTree([]);
  const seen = await readInterfaces(await podIn(tree), source({ proc: tree.root }), never);
  expect(seen).toMatchObject({ read: true, loopback: "up" });
  expect(seen.evidence.map(({ what }) => what)).toEqual([
    "/run/netns/cni-1",
    `${tree.root}/${firstPid}/net/fib_trie`,
    `${tree.root}/${firstPid}/net/if_inet6`,
    `${tree.root}/${firstPid}/net/igmp`,
  ]);
});

test.each([
  ["has no IPv6", { fib_trie: lists.fib_trie }],
  ["has no fib_trie", {}],
  ["lacks an address", { ...lists, fib_trie: "     |-- 127.0.0.1\n        /32 host LOCAL\n" }],
  ["shows ::1 on an interface that does not listen", { ...lists, igmp: "" }],
])("where procfs %s, the pin is entered, and what is there counts", async (_, files) => {
  using tree = new ProcTree([]);
  const entered: string[] = [];
  const seen = await readInterfaces(await podIn(tree, files), source({ proc: tree.root }), async (netns) => {
    entered.push(netns);
    return links;
  });
  expect(entered).toEqual(["/run/netns/cni-1"]);
  expect(seen).toMatchObject({ read: true, loopback: "up", addresses: new Set(["127.0.0.1", "10.1.0.7", "fd00::7"]) });
});

test("a process that left the pod's namespace, or another one with its pid, is not believed", async () => {
  using tree = new ProcTree([]);
  const one = await podIn(tree);
  for (const change of [{ namespaces: { net: "elsewhere" } }, { namespaces: { net: "pod" }, startTimeTicks: 7 }]) {
    tree.add({ pid: firstPid, ...change });
    mkdirSync(`${tree.root}/${firstPid}/net`);
    for (const [file, text] of Object.entries(lists)) writeFileSync(`${tree.root}/${firstPid}/net/${file}`, text);
    let entered = 0;
    await readInterfaces(one, source({ proc: tree.root }), async () => {
      entered += 1;
      return links;
    });
    expect(entered).toBe(1);
  }
});

test("without a pin the process's own namespace is entered, and that it ended meanwhile is noticed", async () => {
  using tree = new ProcTree([]);
  const one = { ...(await podIn(tree, {})), pin: undefined };
  const from = source({ proc: tree.root });
  const entered: string[] = [];
  const seen = await readInterfaces(one, from, async (netns) => {
    entered.push(netns);
    return links;
  });
  expect(entered).toEqual([`${tree.root}/${firstPid}/ns/net`]);
  expect(seen).toMatchObject({
    read: true,
    evidence: [{ what: `pid ${firstPid}`, startTimeTicks: String(firstPid + 100) }],
  });
  const late = await readInterfaces(one, from, async () => {
    tree.end(firstPid);
    return links;
  });
  expect(late).toMatchObject({ read: false, reason: `process ${firstPid} ended while it was looked at` });
});

test("a namespace that may not be entered is a reason, not a failure; so is one that nothing shows", async () => {
  using tree = new ProcTree([]);
  const refused = (): Promise<never> => Promise.reject(new HostError("'nsenter' failed: Operation not permitted"));
  expect(await readInterfaces(await podIn(tree, {}), source({ proc: tree.root }), refused)).toMatchObject({
    read: false,
    reason: expect.stringContaining("Operation not permitted"),
  });
  expect(await readInterfaces(pod({ pin: undefined, members: [] }), source(), never)).toMatchObject({ read: false });
});

/** Puts an `nsenter` in front of this machine's that notes how many of it run at once, and `body`. */
function fakeNsenter(body: string): string {
  const folder = mkdtempSync(`${tmpdir()}/crikit-nsenter-`);
  const path = process.env["PATH"];
  onTestFinished(() => {
    process.env["PATH"] = path;
    rmSync(folder, { recursive: true });
  });
  mkdirSync(`${folder}/now`);
  const script = `#!/bin/sh\n: >${folder}/now/$$\nls ${folder}/now | wc -l >>${folder}/counts\n${body}\nrm ${folder}/now/$$\n`;
  writeFileSync(`${folder}/nsenter`, script, { mode: 0o755 });
  process.env["PATH"] = `${folder}:${path}`;
  return folder;
}

const podsWithoutAProcess = Array.from({ length: 200 }, (_, at) =>
  pod({ id: `pod-${at}`, name: `pod-${at}`, members: [] }),
);

test("200 pods that have to be entered are entered a few at a time", async () => {
  const folder = fakeNsenter(`echo '${JSON.stringify(links)}'`);
  const findings = await checkAddresses(podsWithoutAProcess, source());
  expect(findings.map(({ pod: name, ok }) => [name, ok])).toEqual(podsWithoutAProcess.map(({ name }) => [name, true]));
  const counts = readFileSync(`${folder}/counts`, "utf8").trim().split("\n").map(Number);
  expect(counts).toHaveLength(200);
  expect(Math.max(...counts)).toBeLessThanOrEqual(4);
});

test("given up in the middle, nobody is entered any more and those inside are ended", async () => {
  const folder = fakeNsenter("exec sleep 60");
  const giveUp = new AbortController();
  const checking = checkLoopback(podsWithoutAProcess, source({ call: { signal: giveUp.signal } }));
  checking.catch(() => undefined);
  while (readdirSync(`${folder}/now`).length < 4) await setTimeout(5);
  giveUp.abort("enough");
  await expect(checking).rejects.toMatchObject({ code: "cancelled" });
  const entered = readdirSync(`${folder}/now`);
  expect(entered).toHaveLength(4);
  // All are killed at once; the others than the first end a moment later.
  for (const pid of entered) await vi.waitFor(() => expect(() => process.kill(Number(pid), 0)).toThrow("ESRCH"));
});

test("pods that are not ready, and those on the host's network, are not looked into", async () => {
  const pods = [pod({ state: "notready" }), pod({ promise: { ...pod().promise, network: "NODE" } })];
  expect(await checkAddresses(pods, source())).toEqual([]);
});

test("each mount namespace is read once, and a pod's is that of its process's parent", async () => {
  using tree = new ProcTree([{ pid: 77, namespaces: { mnt: "runtime" } }]);
  const own = await podIn(tree);
  const stat = `${tree.root}/${firstPid}/stat`;
  writeFileSync(stat, readFileSync(stat, "utf8").replace(") S 0", ") S 77"));
  const line = (at: string): string => `5 1 0:4 net:[9] ${at} rw - nsfs nsfs rw\n`;
  writeFileSync(`${tree.root}/77/mountinfo`, line("/run/netns/cni-1"));
  writeFileSync(`${tree.root}/1/mountinfo`, line("/run/netns/cni-2"));
  const viewOf = mountViews({ proc: tree.root });
  const view = await viewOf(own);
  expect(view).toMatchObject({ pid: 77, startTimeTicks: 177n });
  expect(await viewOf(own)).toBe(view);
  expect(await mountAt(view, "/var/run/netns/cni-1")).toMatchObject({ root: "net:[9]" });
  expect(await mountAt(view, "/run/netns/cni-2")).toBeUndefined();
  expect(await mountAt(await viewOf(), "/run/netns/cni-2")).toMatchObject({ root: "net:[9]" }); // our own
});

test("a shim that ends while its mounts are read takes no pin from the pods whose shims see the same mounts", async () => {
  using tree = new ProcTree([77, 78].map((pid) => ({ pid, namespaces: { mnt: "runtime" } })));
  const one = await podIn(tree);
  const stat = `${tree.root}/${firstPid}/stat`;
  writeFileSync(stat, readFileSync(stat, "utf8").replace(") S 0", ") S 77"));
  const second = firstPid + 1;
  tree.add({ pid: second, namespaces: { net: "pod" } });
  const other = `${tree.root}/${second}/stat`;
  writeFileSync(other, readFileSync(other, "utf8").replace(") S 0", ") S 78"));
  const found = {
    measured: true,
    namespaces: await namespacesOf(second, tree.root),
    startTimeTicks: BigInt(second + 100),
  } as const;
  const neighbour = { ...one, id: "other", members: [{ ...member("pod", second), found }] };
  // 77 has no mountinfo any more.
  writeFileSync(`${tree.root}/78/mountinfo`, "5 1 0:4 net:[9] /run/netns/cni-1 rw - nsfs nsfs rw\n");
  writeFileSync(`${tree.root}/1/mountinfo`, "5 1 0:5 / / rw - tmpfs tmpfs rw\n");
  const viewOf = mountViews({ proc: tree.root });
  expect((await viewOf(one)).pid).toBe("self");
  expect((await viewOf(neighbour)).pid).toBe(78);
  // At once, it is the other's view or our own, by who was read first.
  const views = await Promise.all([one, neighbour].map(mountViews({ proc: tree.root })));
  expect(["self", 78]).toContain(views[0]?.pid);
  expect(views[1]?.pid).toBe(78);
  expect(await mountAt(await viewOf(neighbour), "/run/netns/cni-1")).toMatchObject({ root: "net:[9]" });
});

test("a pid that is another process's by the time its mounts are read shows nobody's mounts", async () => {
  using tree = new ProcTree([{ pid: 77, namespaces: { mnt: "runtime" } }]);
  const own = await podIn(tree);
  const stat = `${tree.root}/${firstPid}/stat`;
  writeFileSync(stat, readFileSync(stat, "utf8").replace(") S 0", ") S 77"));
  writeFileSync(`${tree.root}/1/mountinfo`, "5 1 0:5 / / rw - tmpfs tmpfs rw\n");
  execFileSync("mkfifo", [`${tree.root}/77/mountinfo`]);
  const looking = mountViews({ proc: tree.root })(own);
  // Opening it waits for whoever reads: the look at the process is done then.
  const pipe = await open(`${tree.root}/77/mountinfo`, "w");
  writeFileSync(`${tree.root}/77/stat`, readFileSync(`${tree.root}/77/stat`, "utf8").replace(" 177 ", " 999 "));
  await pipe.writeFile("5 1 0:4 net:[9] /run/netns/cni-1 rw - nsfs nsfs rw\n");
  await pipe.close();
  expect(await looking).toMatchObject({ pid: "self" });
});

/** A runtime whose ExecSync does this; what it throws is its answer. */
function execs(work: (argument: string) => Promise<number>, change: Partial<CheckSource> = {}): CheckSource {
  const execSync = async ({ cmd: [program, argument = ""] }: { cmd: readonly string[] }): Promise<object> => {
    expect(program).toBe("sleep");
    return { exitCode: await work(argument) };
  };
  return source({ line: { runtime: { execSync } } as unknown as Line, ...change });
}

async function containerIn(tree: ProcTree): Promise<Member> {
  tree.add({ pid: firstPid, namespaces: { net: "pod", mnt: "web" } });
  const namespaces = await namespacesOf(firstPid, tree.root);
  return {
    ...member("web", firstPid),
    found: { measured: true, namespaces, startTimeTicks: BigInt(firstPid + 100) },
  };
}

function sleeper(tree: ProcTree, words: readonly string[]): void {
  tree.add({ pid: firstPid + 1, namespaces: { net: "elsewhere", mnt: "web" } });
  writeFileSync(`${tree.root}/${firstPid + 1}/cmdline`, words.map((word) => `${word}\0`).join(""));
}

test("a process that ends ExecSync as it is killed is the one that was started", async () => {
  using tree = new ProcTree([]);
  const web = await containerIn(tree);
  const from = execs(
    async (argument) => {
      sleeper(tree, ["sleep", argument]);
      await setTimeout(200);
      return 137;
    },
    { proc: tree.root },
  );
  const started = await startAndLook(web, 0, from);
  expect(started).toMatchObject({ seen: true, pid: firstPid + 1, startTimeTicks: BigInt(firstPid + 101) });
  expect(started.seen && started.namespaces.net).toEqual(await namespaceOf(firstPid + 1, "net", tree.root));
});

test("a process whose end does not end ExecSync is somebody else's, and says nothing", async () => {
  using tree = new ProcTree([]);
  const web = await containerIn(tree);
  const from = execs(
    async (argument) => {
      sleeper(tree, ["sleep", argument]);
      await setTimeout(200);
      return 0;
    },
    { proc: tree.root },
  );
  expect(await startAndLook(web, 0, from)).toEqual({
    seen: false,
    reason: `process ${firstPid + 1} was not the one that ExecSync started`,
  });
});

test("a program that has yet to become the one that waits is not looked at", async () => {
  using tree = new ProcTree([]);
  const web = await containerIn(tree);
  const from = execs(
    async (argument) => {
      sleeper(tree, ["unshare", "--net", "sleep", argument]);
      await setTimeout(100);
      return 0;
    },
    { proc: tree.root },
  );
  expect(await startAndLook(web, 0, from)).toMatchObject({
    seen: false,
    reason: expect.stringContaining("its processes are not this machine's"),
  });
});

test("what ran in the container before is over when its process is another by now", async () => {
  using tree = new ProcTree([]);
  const web = await containerIn(tree);
  tree.add({ pid: firstPid, startTimeTicks: 5 });
  const from = execs(
    async (argument) => {
      sleeper(tree, ["sleep", argument]);
      await setTimeout(100);
      return 137;
    },
    { proc: tree.root },
  );
  expect(await startAndLook(web, 0, from)).toMatchObject({
    seen: false,
    reason: `process ${firstPid} ended while it was looked at`,
  });
});

test("a container that has no sleep says so in the runtime's words", async () => {
  using tree = new ProcTree([]);
  const failure = new RuntimeFailedError("ExecSync failed", { status: "UNKNOWN", answer: "no sleep" });
  const from = execs(() => Promise.reject(failure), { proc: tree.root });
  expect(await startAndLook(await containerIn(tree), 0, from)).toEqual({
    seen: false,
    reason: "no 'sleep' could be started in it: ExecSync failed",
  });
});
