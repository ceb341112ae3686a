import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { HostError, UsageError } from "../../src/errors.ts";
import { bindMount, unmount } from "../../src/linux/mount.ts";
import { mountsOf } from "../../src/linux/mountinfo.ts";
import { namespaceOf } from "../../src/linux/namespace.ts";
import { nameNetns, sweepNetnsNames, unnameNetns } from "../../src/linux/netns-name.ts";
import { pinnedNamespace } from "../../src/linux/nsfs.ts";
import { run } from "../../src/linux/run.ts";

/** A network namespace of our own, pinned to a file as a runtime does it. */
let folder = "";
let pin = "";

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "crikit-netns-"));
  pin = join(folder, "pin");
  writeFileSync(pin, "");
  const holder = spawn("unshare", ["--net", "sleep", "60"], { stdio: "ignore" });
  await once(holder, "spawn");
  const own = await namespaceOf("self", "net");
  while ((await namespaceOf(holder.pid!, "net")).ino === own.ino)
    await new Promise((resolve) => setTimeout(resolve, 5));
  await bindMount(`/proc/${holder.pid}/ns/net`, pin);
  holder.kill();
  await once(holder, "exit");
});

afterEach(async () => {
  await unmount(pin).catch(() => undefined);
  rmSync(folder, { recursive: true });
});

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

test("names of a process that has died are swept, those of a living one stay unless their pins lie in the folder", async () => {
  const alive = await nameNetns({ name: "crikit-alive", pin });
  const dead = await nameNetns({ name: "crikit-dead", pin });
  const note = "/run/crikit/netns-names/crikit-dead.json";
  const record = JSON.parse(readFileSync(note, "utf8")) as { ownerStartTimeTicks: string };
  writeFileSync(note, JSON.stringify({ ...record, ownerStartTimeTicks: "1" })); // as if its pid had another process now
  expect(await sweepNetnsNames()).toEqual(["crikit-dead"]);
  expect(await namesOfIp()).toContain("crikit-alive");
  expect(await sweepNetnsNames({ folder })).toEqual(["crikit-alive"]);
  expect(existsSync("/run/crikit")).toBe(false);
  await Promise.all([alive, dead].map((name) => name[Symbol.asyncDispose]())); // harmless by now
});
