import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { cgroupCounters } from "../../../src/linux/cgroup-counters.ts";

const id = "ab".repeat(32);
const other = "cd".repeat(32);
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "crikit-cgroups-"));
});
afterEach(() => rmSync(root, { recursive: true }));

function write(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

describe("with cgroup v2", () => {
  const scope = `kubepods.slice/kubepods-pod1.slice/cri-containerd-${id}.scope`;

  test("limits, processes and bytes are read of the container's scope", async () => {
    write({
      "cgroup.controllers": "cpu io memory pids\n",
      [`${scope}/pids.current`]: "3\n",
      [`${scope}/io.stat`]:
        "8:0 rbytes=4096 wbytes=512 rios=1 wios=1 dbytes=9 dios=0\n8:16 rbytes=1 wbytes=2 rios=1 wios=1 dbytes=9 dios=0\n",
      [`${scope}/memory.max`]: "104857600\n",
      [`${scope}/cpu.max`]: "50000 100000\n",
      [`${scope}/child/pids.current`]: "1\n",
    });
    expect(await cgroupCounters([id, other], root)).toEqual(
      new Map([
        [id, { pids: 3, readBytes: 4_097n, writtenBytes: 514n, memoryLimitBytes: 104_857_600n, cpuLimit: 0.5 }],
      ]),
    );
  });

  test("what has no limit says so, and what has no controller says nothing", async () => {
    write({
      "cgroup.controllers": "memory\n",
      [`${scope}/memory.max`]: "max\n",
      [`${scope}/cpu.max`]: "max 100000\n",
      [`${scope}/io.stat`]: "",
    });
    expect((await cgroupCounters([id], root)).get(id)).toEqual({
      pids: undefined,
      readBytes: 0n,
      writtenBytes: 0n,
      memoryLimitBytes: undefined,
      cpuLimit: undefined,
    });
  });
});

test("with cgroup v1 each controller has a hierarchy of its own", async () => {
  const io = (read: number, written: number) =>
    `8:0 Read ${read}\n8:0 Write ${written}\n8:0 Sync 0\nTotal ${read + written}\n`;
  write({
    [`pids/k8s.io/${id}/pids.current`]: "2\n",
    [`blkio/k8s.io/${id}/blkio.throttle.io_service_bytes_recursive`]: io(10, 20),
    [`blkio/k8s.io/${id}/blkio.throttle.io_service_bytes`]: io(1, 2),
    [`memory/k8s.io/${id}/memory.limit_in_bytes`]: "9223372036854771712\n",
    [`cpu/k8s.io/${id}/cpu.cfs_quota_us`]: "-1\n",
    [`cpu/k8s.io/${id}/cpu.cfs_period_us`]: "100000\n",
    [`pids/k8s.io/${other}/pids.current`]: "1\n",
    [`blkio/k8s.io/${other}/blkio.throttle.io_service_bytes`]: io(1, 2),
    [`memory/k8s.io/${other}/memory.limit_in_bytes`]: "4096\n",
    [`cpu/k8s.io/${other}/cpu.cfs_quota_us`]: "250000\n",
    [`cpu/k8s.io/${other}/cpu.cfs_period_us`]: "100000\n",
  });
  const found = await cgroupCounters([id, other], root);
  expect(found.get(id)).toEqual({ pids: 2, readBytes: 10n, writtenBytes: 20n });
  expect(found.get(other)).toEqual({
    pids: 1,
    readBytes: 1n,
    writtenBytes: 2n,
    memoryLimitBytes: 4_096n,
    cpuLimit: 2.5,
  });
});

test("a machine without cgroups, or without that container's, has no answer", async () => {
  expect(await cgroupCounters([id], join(root, "nope"))).toEqual(new Map());
  write({ "cgroup.controllers": "", "system.slice/ssh.service/pids.current": "1" });
  expect(await cgroupCounters([id], root)).toEqual(new Map());
});
