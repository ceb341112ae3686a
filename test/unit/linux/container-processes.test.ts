import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { containerProcesses } from "../../../src/linux/container-processes.ts";

const id = "ab".repeat(32);
const other = "cd".repeat(32);
let proc: string;

beforeEach(() => {
  proc = mkdtempSync(join(tmpdir(), "crikit-processes-"));
});
afterEach(() => rmSync(proc, { recursive: true }));

interface FakeProcess {
  readonly pid: number;
  readonly cgroup: string;
  readonly inside?: number;
  readonly uid?: number;
  readonly uidMap?: string;
  readonly cmdline?: string;
  readonly name?: string;
}

function add({
  pid,
  cgroup,
  inside = pid,
  uid = 0,
  uidMap = "0 0 4294967295",
  cmdline,
  name = "sleep",
}: FakeProcess): string {
  const folder = join(proc, String(pid));
  mkdirSync(join(folder, "root/etc"), { recursive: true });
  const files = {
    cgroup: `4:memory:${cgroup}\n0::${cgroup}\n`,
    stat: `${pid} (a) b) S ${["1", ...Array.from({ length: 9 }, () => "0"), "250", "50"].join(" ")} 0 0 20 0 1\n`,
    status: `Name:\t${name}\nState:\tS (sleeping)\nUid:\t7\t${uid}\t${uid}\t${uid}\nNSpid:\t${pid}\t${inside}\nVmRSS:\t    1400 kB\n`,
    uid_map: `         ${uidMap}\n`,
    cmdline: cmdline ?? "sleep\u0000600\u0000",
    "root/etc/passwd": "root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000::/:/bin/sh\nbroken\n",
  };
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
  return folder;
}

test("the processes of a container are those whose cgroup has its id, with their numbers in it", async () => {
  add({ pid: 300, inside: 7, uid: 1000, cgroup: `/k8s.io/${id}/child` });
  add({ pid: 200, inside: 1, cgroup: `/k8s.io/${id}` });
  add({ pid: 100, cgroup: `/k8s.io/${other}` });
  add({ pid: 50, cgroup: "/" });
  const found = await containerProcesses([id, "ef".repeat(32)], proc);
  expect([...found.keys()]).toEqual([id, "ef".repeat(32)]);
  expect(found.get("ef".repeat(32))).toEqual([]);
  expect(found.get(id)).toEqual([
    {
      pid: 1,
      hostPid: 200,
      user: "root",
      state: "S",
      cpuTimeMs: 3_000,
      residentBytes: 1_433_600,
      command: ["sleep", "600"],
    },
    expect.objectContaining({ pid: 7, hostPid: 300, user: "app" }),
  ]);
});

test("a user is the container's own, through its user namespace", async () => {
  add({ pid: 200, uid: 101_000, uidMap: "0 100000 65536", cgroup: `/kubepods/cri-containerd-${id}.scope` });
  expect((await containerProcesses([id], proc)).get(id)?.[0]?.user).toBe("app");
});

test("a user without a name is a number, and a process without arguments has its name in brackets", async () => {
  add({ pid: 200, uid: 33, cmdline: "", name: "kworker", cgroup: `/k8s.io/${id}` });
  expect((await containerProcesses([id], proc)).get(id)?.[0]).toMatchObject({ user: "33", command: ["[kworker]"] });
});

test.each([
  ["a pipe, which would be waited for", (path: string) => execFileSync("mkfifo", [path])],
  ["a link", (path: string) => symlinkSync("/etc/passwd", path)],
  ["a folder", (path: string) => mkdirSync(path)],
])("the container's passwd is not read when it is %s", async (_, make) => {
  const folder = add({ pid: 200, cgroup: `/k8s.io/${id}` });
  rmSync(join(folder, "root/etc/passwd"));
  make(join(folder, "root/etc/passwd"));
  expect((await containerProcesses([id], proc)).get(id)?.[0]?.user).toBe("0");
});

test("a link on the way to the container's passwd leads into the container, and never to a file of this machine", async () => {
  const folder = add({ pid: 200, cgroup: `/k8s.io/${id}` });
  const outside = join(proc, "outside");
  mkdirSync(outside);
  writeFileSync(join(outside, "passwd"), "secret:x:0:0::/:/bin/sh\n");
  const userBehind = async (link: string): Promise<string | undefined> => {
    rmSync(join(folder, "root/etc"), { recursive: true });
    symlinkSync(link, join(folder, "root/etc"));
    return (await containerProcesses([id], proc)).get(id)?.[0]?.user;
  };
  expect(await userBehind(outside)).toBe("0");
  expect(await userBehind("../../outside")).toBe("0");
  mkdirSync(join(folder, "root/real"));
  writeFileSync(join(folder, "root/real/passwd"), "own:x:0:0::/:/bin/sh\n");
  expect(await userBehind("/real")).toBe("own");
});

test("a process that ends while it is looked at is left out", async () => {
  rmSync(join(add({ pid: 200, cgroup: `/k8s.io/${id}` }), "status"));
  mkdirSync(join(proc, "201"));
  expect((await containerProcesses([id], proc)).get(id)).toEqual([]);
});
