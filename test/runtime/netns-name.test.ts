import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { HostError, UsageError } from "../../src/errors.ts";
import { bindMount, unmount } from "../../src/linux/mount.ts";
import { mountsBelow, mountsOf } from "../../src/linux/mountinfo.ts";
import { namespaceOf } from "../../src/linux/namespace.ts";
import { withNamesLocked } from "../../src/linux/netns-journal.ts";
import { nameNetns, sweepNetnsNames, unnameNetns } from "../../src/linux/netns-name.ts";
import { pinnedNamespace } from "../../src/linux/nsfs.ts";
import { ownFolder } from "../../src/linux/own-folder.ts";
import { run } from "../../src/linux/run.ts";

/** A network namespace of our own, pinned to a file as a runtime does it. */
let folder = "";
let pin = "";

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "crikit-netns-"));
  pin = await pinned("pin", "net");
});

afterEach(async () => {
  for (const mount of mountsBelow(await mountsOf("self"), folder)) await unmount(mount.mountPoint);
  rmSync(folder, { recursive: true });
});

/** A new namespace, pinned to a file of the folder and without a process in it. */
async function pinned(file: string, kind: "net" | "ipc"): Promise<string> {
  const path = join(folder, file);
  writeFileSync(path, "");
  const holder = spawn("unshare", [`--${kind}`, "sleep", "60"], { stdio: "ignore" });
  await once(holder, "spawn");
  const own = await namespaceOf("self", kind);
  while ((await namespaceOf(holder.pid!, kind)).ino === own.ino) await new Promise((resolve) => setTimeout(resolve, 5));
  await bindMount(`/proc/${holder.pid}/ns/${kind}`, path);
  holder.kill();
  await once(holder, "exit");
  return path;
}

/** Changes what the journal says of a name, as a crash at some moment would have left it. */
function rewriteNote(name: string, change: object): void {
  const path = `/run/crikit/netns-names/${name}.json`;
  writeFileSync(path, JSON.stringify({ ...(JSON.parse(readFileSync(path, "utf8")) as object), ...change }));
}

/** As if the owner's pid had another process now. */
const ownerDied = { ownerStartTimeTicks: "1" };

async function namesOfIp(): Promise<string> {
  return (await run("ip", ["netns", "list"])).stdout;
}

test("a name shows the pinned namespace to ip, and is gone with its block, with every folder that was made for it", async () => {
  const before = existsSync("/run/netns");
  {
    await using name = await nameNetns({ name: "crikit-test", pin });
    expect(await namesOfIp()).toContain("crikit-test");
    expect(await pinnedNamespace(name.path)).toEqual(await pinnedNamespace(pin));
    expect((await run("ip", ["netns", "exec", "crikit-test", "readlink", "/proc/self/ns/net"])).stdout).toContain(
      String((await pinnedNamespace(pin)).ino),
    );
  }
  expect(await namesOfIp()).not.toContain("crikit-test");
  expect(existsSync("/run/netns")).toBe(before);
  expect(existsSync("/run/crikit")).toBe(false);
});

test("a name that is taken stays what it is", async () => {
  await using _ = await nameNetns({ name: "crikit-test", pin });
  await expect(nameNetns({ name: "crikit-test", pin })).rejects.toThrow(/is there already/u);
  expect(await namesOfIp()).toContain("crikit-test");
});

test("a link that somebody planted under the name is not followed", async () => {
  await using _ = await nameNetns({ name: "crikit-other", pin });
  const victim = join(folder, "victim");
  writeFileSync(victim, "mine");
  symlinkSync(victim, "/run/netns/crikit-test");
  try {
    await expect(nameNetns({ name: "crikit-test", pin })).rejects.toBeInstanceOf(HostError);
    expect(readFileSync(victim, "utf8")).toBe("mine");
    expect((await mountsOf("self")).some(({ mountPoint }) => mountPoint === victim)).toBe(false);
  } finally {
    rmSync("/run/netns/crikit-test");
  }
});

test.each(["", "../x", "a/b", ".", "..", "-a", "a b", "a\nb", "x".repeat(65)])("%j is no name", async (name) => {
  await expect(nameNetns({ name, pin })).rejects.toBeInstanceOf(UsageError);
});

test("what pins nothing gets no name: a plain file, a pin that lost its mount, a path that is not there", async () => {
  await expect(nameNetns({ name: "crikit-test", pin: "/etc/passwd" })).rejects.toThrow(/is not a namespace/u);
  await expect(nameNetns({ name: "crikit-test", pin: join(folder, "none") })).rejects.toThrow(/ENOENT/u);
  await unmount(pin);
  await expect(nameNetns({ name: "crikit-test", pin })).rejects.toThrow(/is not a namespace/u);
  expect(existsSync("/run/netns/crikit-test")).toBe(false);
});

test("a name that is not ours is not taken away", async () => {
  await using _ = await nameNetns({ name: "crikit-other", pin });
  writeFileSync("/run/netns/foreign", "");
  try {
    await unnameNetns("foreign");
    expect(existsSync("/run/netns/foreign")).toBe(true);
  } finally {
    rmSync("/run/netns/foreign");
  }
});

/** Waits until somebody waits for the lock on the names. */
async function untilSomebodyWaits(): Promise<void> {
  const { ino } = statSync("/run/crikit/netns-names");
  const waits = new RegExp(String.raw`-> FLOCK .*:${ino} `, "u");
  while (!waits.test(readFileSync("/proc/locks", "utf8"))) await new Promise((resolve) => setTimeout(resolve, 5));
}

test("a pin that is lost, or is another one, when the turn of its name comes leaves no name and no mount", async () => {
  const other = await pinned("other", "net");
  for (const change of [async (): Promise<void> => unmount(pin), async (): Promise<void> => bindMount(other, pin)]) {
    const naming: Promise<unknown>[] = [];
    await withNamesLocked(async () => {
      naming.push(nameNetns({ name: "crikit-test", pin }));
      await untilSomebodyWaits();
      await change();
    });
    await expect(naming[0]).rejects.toThrow(/shows another namespace/u);
    expect((await mountsOf("self")).some(({ mountPoint }) => mountPoint === "/run/netns/crikit-test")).toBe(false);
    expect(existsSync("/run/netns/crikit-test")).toBe(false);
    expect(existsSync("/run/crikit")).toBe(false);
    if ((await mountsOf("self")).every(({ mountPoint }) => mountPoint !== pin)) pin = await pinned("pin", "net");
  }
});

test("what goes with its process, or is another kind of namespace, gets no name", async () => {
  await expect(nameNetns({ name: "crikit-test", pin: "/proc/self/ns/net" })).rejects.toThrow(/it is no mount/u);
  const ipc = await pinned("ipc", "ipc");
  await expect(nameNetns({ name: "crikit-test", pin: ipc })).rejects.toThrow(/not pin a network namespace: ipc:/u);
  expect(existsSync("/run/netns/crikit-test")).toBe(false);
  expect(existsSync("/run/crikit")).toBe(false);
});

test("a pin that is reached over a link is a pin", async () => {
  symlinkSync(folder, join(folder, "link"));
  await using name = await nameNetns({ name: "crikit-test", pin: join(folder, "link", "pin") });
  expect(await pinnedNamespace(name.path)).toEqual(await pinnedNamespace(pin));
});

test("a folder of names that was there stays, empty", async () => {
  const made = mkdirSync("/run/netns", { recursive: true });
  await (await nameNetns({ name: "crikit-test", pin }))[Symbol.asyncDispose]();
  expect(existsSync("/run/netns")).toBe(true);
  if (made !== undefined) rmdirSync("/run/netns");
});

test("the last name takes the folder away that was made for the first", async () => {
  const before = existsSync("/run/netns");
  const first = await nameNetns({ name: "crikit-test", pin });
  const last = await nameNetns({ name: "crikit-other", pin });
  await first[Symbol.asyncDispose]();
  expect(existsSync("/run/netns/crikit-other")).toBe(true);
  await last[Symbol.asyncDispose]();
  expect(existsSync("/run/netns")).toBe(before);
});

test("names of a process that has died are swept, those of a living one stay unless their pins lie in the folder", async () => {
  const alive = await nameNetns({ name: "crikit-alive", pin });
  const dead = await nameNetns({ name: "crikit-dead", pin });
  rewriteNote("crikit-dead", ownerDied);
  expect(await sweepNetnsNames()).toEqual(["crikit-dead"]);
  expect(await namesOfIp()).toContain("crikit-alive");
  expect(await sweepNetnsNames({ folder })).toEqual(["crikit-alive"]);
  expect(existsSync("/run/crikit")).toBe(false);
  await Promise.all([alive, dead].map((name) => name[Symbol.asyncDispose]())); // harmless by now
});

test("a name that a crash left behind can be given again", async () => {
  await nameNetns({ name: "crikit-test", pin });
  rewriteNote("crikit-test", ownerDied);
  const other = await pinned("other", "net");
  await using name = await nameNetns({ name: "crikit-test", pin: other });
  expect(await pinnedNamespace(name.path)).toEqual(await pinnedNamespace(other));
});

test.each([
  ["before the mount", async (path: string) => unmount(path)],
  ["before the file", async (path: string) => unmount(path).then(() => rmSync(path))],
])("a crash %s leaves nothing that a sweep does not take away", async (_, leave) => {
  const { path } = await nameNetns({ name: "crikit-test", pin });
  await leave(path);
  rewriteNote("crikit-test", ownerDied);
  expect(await sweepNetnsNames()).toEqual(["crikit-test"]);
  expect(existsSync(path)).toBe(false);
  expect(existsSync("/run/crikit")).toBe(false);
});

test("a crash before anything was noted leaves nothing that a sweep does not take away", async () => {
  mkdirSync("/run/crikit/netns-names", { recursive: true, mode: 0o700 });
  chmodSync("/run/crikit", 0o711);
  writeFileSync("/run/crikit/netns-names/draft", '{"na');
  expect(await sweepNetnsNames()).toEqual([]);
  expect(existsSync("/run/crikit")).toBe(false);
  mkdirSync("/run/crikit", { mode: 0o711 });
  expect(await sweepNetnsNames()).toEqual([]);
  expect(existsSync("/run/crikit")).toBe(false);
});

test("another namespace that somebody put under our name since is not taken away", async () => {
  const made = mkdirSync("/run/netns", { recursive: true });
  const name = await nameNetns({ name: "crikit-test", pin });
  const foreign = await pinned("foreign", "net");
  await unmount(name.path);
  await bindMount(foreign, name.path);
  await name[Symbol.asyncDispose]();
  expect(await pinnedNamespace(name.path)).toEqual(await pinnedNamespace(foreign));
  expect(existsSync("/run/crikit")).toBe(false);
  await unmount(name.path);
  rmSync(name.path);
  if (made !== undefined) rmdirSync("/run/netns");
});

test("a kept name stays until its pod is gone, or until somebody takes it away by hand", async () => {
  await nameNetns({ name: "crikit-kept", pin, keep: true });
  const byHand = await nameNetns({ name: "crikit-by-hand", pin, keep: true });
  expect(await sweepNetnsNames()).toEqual([]);
  await unmount(byHand.path);
  rmSync(byHand.path);
  expect(await sweepNetnsNames()).toEqual(["crikit-by-hand"]);
  await unmount(pin);
  expect(await sweepNetnsNames()).toEqual(["crikit-kept"]);
  expect(existsSync("/run/netns/crikit-kept")).toBe(false);
  expect(existsSync("/run/crikit")).toBe(false);
});

test("names come and go at once, and no folder is lost under the others", async () => {
  const comeAndGo = async (worker: number): Promise<void> => {
    for (let at = 0; at < 5; at++) {
      await using name = await nameNetns({ name: `crikit-${worker}-${at}`, pin });
      expect(await pinnedNamespace(name.path)).toEqual(await pinnedNamespace(pin));
    }
  };
  await Promise.all([1, 2, 3, 4].map(comeAndGo));
  expect(await namesOfIp()).not.toContain("crikit-");
  expect(existsSync("/run/crikit")).toBe(false);
});

test("one name that is asked for twice at once is given once", async () => {
  const asked = await Promise.allSettled([1, 2].map(() => nameNetns({ name: "crikit-test", pin })));
  const given = asked.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  expect(given).toHaveLength(1);
  expect(await namesOfIp()).toContain("crikit-test");
  await given[0]?.[Symbol.asyncDispose]();
  expect(await namesOfIp()).not.toContain("crikit-test");
});

test("a folder that is a link, or that others can change, is not taken for root's own", async () => {
  const own = join(folder, "a", "b");
  expect(await ownFolder(own, 0o755)).toBe(true);
  expect(await ownFolder(own, 0o755)).toBe(false);
  symlinkSync(own, join(folder, "link"));
  await expect(ownFolder(join(folder, "link"), 0o755)).rejects.toBeInstanceOf(HostError);
  chmodSync(own, 0o777);
  await expect(ownFolder(own, 0o755)).rejects.toBeInstanceOf(HostError);
  chmodSync(own, 0o755);
  chownSync(own, 65_534, 65_534);
  await expect(ownFolder(own, 0o755)).rejects.toBeInstanceOf(HostError);
});
