import { expect, test } from "vitest";
import type { Mount } from "../../../src/linux/mountinfo.ts";
import { parseMountinfo } from "../../../src/linux/mountinfo.ts";
import type { ProcessEntry } from "../../../src/linux/process-table.ts";
import { describeNetns, type NetnsSources } from "../../../src/netns/describe.ts";

const host = { dev: 4n, ino: 1n };
const id = "a1".repeat(32);

function entry(pid: number, ino: bigint, path = "/", comm = "sh"): ProcessEntry {
  const cgroups = [{ hierarchy: 0, controllers: [], path }];
  const stat = { pid, comm, state: "S", parentPid: 1, startTimeTicks: BigInt(pid), isKernelThread: false };
  return { ...stat, cgroups, namespaces: { net: { dev: 4n, ino } } };
}

function mounted(path: string, ino: bigint): Mount {
  return parseMountinfo(`50 25 0:4 net:[${ino}] ${path} rw shared:1 - nsfs nsfs rw\n`)[0] as Mount;
}

const nothing: NetnsSources = {
  processes: [entry(1, 1n, "/", "init")],
  mounts: [],
  host,
  pods: [],
  containers: new Map(),
  ownNames: new Set(),
  orphans: new Map(),
};

const pin = "/run/netns/cni-01234567-89ab-cdef-0123-456789abcdef";

test("the host's comes first, also when nobody of it is seen", () => {
  expect(describeNetns({ ...nothing, processes: [] })).toMatchObject([
    { id: "4:1", owner: { kind: "host" }, processes: { count: 0, first: null } },
  ]);
});

test("a pod's is told by the runtime, with its pin apart from the names that ip and crikit gave", () => {
  const [, pod] = describeNetns({
    ...nothing,
    processes: [...nothing.processes, entry(20, 9n, `/k8s.io/${id}`), entry(21, 9n, `/k8s.io/${id}`)],
    mounts: [mounted(pin, 9n), mounted("/run/netns/web", 9n), mounted("/run/netns/blue", 9n)],
    pods: [
      { id, name: "web", namespace: "shop", netns: { dev: 4n, ino: 9n }, pinPath: pin.replace("/run", "/var/run") },
    ],
    ownNames: new Set(["web"]),
  });
  expect(pod).toEqual({
    id: "4:9",
    inode: "9",
    owner: { kind: "pod", name: "shop/web" },
    pods: [{ id, name: "web", namespace: "shop" }],
    pins: [{ path: pin, by: "runtime" }],
    names: [
      { name: "blue", by: "ip" },
      { name: "web", by: "crikit" },
    ],
    processes: { count: 2, first: { pid: 20, comm: "sh", startTimeTicks: "20", containerId: id } },
    orphan: null,
  });
});

test("without a runtime a container is told by its cgroup, a program by its name, and what nobody is in by its files", () => {
  const found = describeNetns({
    ...nothing,
    processes: [...nothing.processes, entry(20, 9n, `/docker-${id}.scope`), entry(30, 8n, "/user.slice", "chrome")],
    mounts: [
      mounted("/run/netns/blue", 7n),
      mounted(pin, 6n),
      mounted("/run/docker/netns/default", 5n),
      mounted("/mnt/x", 3n),
    ],
    orphans: new Map([[pin, "no pod has it"]]),
  });
  expect(found.map(({ id: which, owner, orphan }) => [which, owner, orphan])).toEqual([
    ["4:1", { kind: "host" }, null],
    ["4:9", { kind: "container", name: `docker ${id.slice(0, 13)}` }, null],
    ["4:8", { kind: "program", name: "chrome" }, null],
    ["4:3", { kind: "nobody", name: "" }, null],
    ["4:5", { kind: "nobody", name: "docker" }, null],
    ["4:7", { kind: "nobody", name: "ip netns" }, null],
    ["4:6", { kind: "nobody", name: "runtime" }, "no pod has it"],
  ]);
});

test("a mount of another kind of namespace is none, and the same number on another device is another", () => {
  const uts = parseMountinfo(`50 25 0:4 uts:[9] /run/x rw - nsfs nsfs rw\n`);
  const other = parseMountinfo(`51 25 0:5 net:[1] /run/y rw - nsfs nsfs rw\n`);
  expect(describeNetns({ ...nothing, mounts: [...uts, ...other] }).map((each) => each.id)).toEqual(["4:1", "5:1"]);
});
