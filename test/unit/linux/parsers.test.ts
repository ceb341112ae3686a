import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import fc from "fast-check";
import { expect, test } from "vitest";
import { cgroupNames, parseCgroups } from "../../../src/linux/cgroup.ts";
import { mountsBelow, mountsOf, parseMountinfo } from "../../../src/linux/mountinfo.ts";
import { commandLine, parseProcessStat, processStat } from "../../../src/linux/process.ts";

const id = "0123456789abcdef".repeat(4);

test("a command may hold blanks, parentheses and what looks like fields", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 15 }), fc.integer({ min: 1, max: 4_194_304 }), (comm, pid) => {
      const line = `${pid} (${comm}) S 7 ${"0 ".repeat(17)}424242 1 2 3\n`;
      expect(parseProcessStat(line)).toEqual({
        pid,
        comm,
        state: "S",
        parentPid: 7,
        startTimeTicks: 424_242n,
        isKernelThread: false,
      });
    }),
  );
});

test("a line of /proc/PID/stat that is none is no process", () => {
  for (const text of ["", "12", "12 (a", "12 (a) S 1"]) expect(parseProcessStat(text)).toBeUndefined();
});

test("this very process is found, with its command line; one that is not there is not", async () => {
  const self = await processStat(process.pid);
  expect(self).toMatchObject({ pid: process.pid, parentPid: process.ppid });
  expect(await processStat("self")).toEqual({ ...self, state: expect.any(String) });
  expect((await commandLine(process.ppid)).length).toBeGreaterThan(0);
  expect(await processStat(4_194_304 + 1)).toBeUndefined();
  expect(await commandLine(4_194_304 + 1)).toEqual([]);
});

test.each([
  ["cgroupfs, v1", `4:memory:/k8s.io/${id}`],
  ["cgroupfs, v2", `0::/k8s.io/${id}`],
  ["systemd with containerd", `0::/kubepods.slice/kubepods-burstable.slice/cri-containerd-${id}.scope`],
  ["systemd with CRI-O", `0::/kubepods.slice/crio-${id}.scope/container`],
  ["hybrid", `1:name=systemd:/\n4:memory,cpu:/pods/${id}/init\n0::/`],
])("%s: the container's id is found in the cgroup's path", (_, text) => {
  expect(cgroupNames(parseCgroups(text), id)).toBe(true);
  expect(cgroupNames(parseCgroups(text), id.replace("0", "1"))).toBe(false);
});

test("an id that another one begins or ends with is not taken for it", () => {
  expect(cgroupNames(parseCgroups(`0::/k8s.io/${id}0`), id)).toBe(false);
  expect(cgroupNames(parseCgroups(`0::/k8s.io/0${id}`), id)).toBe(false);
});

test("no id is no name, and what a pattern would match is not matched", () => {
  expect(cgroupNames(parseCgroups("0::/"), "")).toBe(false);
  expect(cgroupNames(parseCgroups("0::/k8s.io/web-x-1"), "web.x.1")).toBe(false);
  expect(cgroupNames(parseCgroups("0::/k8s.io/web.x.1"), "web.x.1")).toBe(true);
});

test("mounts are read with any number of optional fields, and with the kernel's escapes undone", () => {
  const text = [
    "24 1 8:1 / / rw,relatime - ext4 /dev/vda rw",
    "30 24 0:4 net:[4026532177] /run/netns/a\\040b rw shared:7 master:1 - nsfs nsfs rw",
    "31 24 0:40 / /lab/r\\303\\266ot/\\134x rw - overlay overlay rw,upperdir=/lab/up\\011per",
    "nonsense",
  ].join("\n");
  const mounts = parseMountinfo(text);
  expect(mounts).toHaveLength(3);
  expect(mounts[1]).toMatchObject({ root: "net:[4026532177]", mountPoint: "/run/netns/a b", fileSystem: "nsfs" });
  expect(mounts[2]).toMatchObject({ mountPoint: "/lab/röot/\\x", superOptions: "rw,upperdir=/lab/up\tper" });
});

test("whatever a path holds, escaped as the kernel does it comes back as it was", () => {
  const escape = (path: string): string =>
    path.replace(/[ \t\n\\]/gu, (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, "0")}`);
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme" }).filter((text) => !text.includes("\0") && !/\r/u.test(text)),
      (text) => {
        const path = `/${text}`;
        expect(parseMountinfo(`1 0 0:1 / ${escape(path)} rw - tmpfs tmpfs rw`)[0]?.mountPoint).toBe(path);
      },
    ),
  );
});

test("what is mounted below a folder comes with the top first, and a neighbour with a longer name is not below it", () => {
  const mounts = ["/lab", "/lab/a", "/lab/a/b", "/laboratory"].map(
    (path, at) => `${at} 0 0:1 / ${path} rw - tmpfs t rw`,
  );
  expect(mountsBelow(parseMountinfo(mounts.join("\n")), "/lab").map(({ mountPoint }) => mountPoint)).toEqual([
    "/lab/a/b",
    "/lab/a",
    "/lab",
  ]);
});

test("a process that is dead and not yet collected sees no mounts, and neither does one that is gone", async () => {
  // The shell becomes another program, which collects nobody, before its child is let go.
  const shell = spawn("sh", ["-c", "cat <&3 & echo $!; exec cat"], { stdio: ["pipe", "pipe", "ignore", "pipe"] });
  const [line] = (await once(shell.stdout as Readable, "data")) as [Buffer];
  const dead = Number(String(line));
  const until = async (holds: () => Promise<boolean>): Promise<void> => {
    while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  await until(async () => (await commandLine(shell.pid ?? 0)).join(" ") === "cat");
  (shell.stdio[3] as Writable).end();
  await until(async () => (await processStat(dead))?.state === "Z");
  expect(await mountsOf(dead)).toEqual([]);
  shell.stdin?.end();
  await once(shell, "exit");
  expect(await mountsOf(shell.pid ?? 0)).toEqual([]);
});
