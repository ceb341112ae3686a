import { readdir, readFile } from "node:fs/promises";

/** What the kernel counts of a cgroup and CRI does not tell. Absent is what this kernel does not say, or sets no limit for. */
export interface CgroupCounters {
  readonly pids?: number | undefined;
  readonly readBytes?: bigint | undefined;
  readonly writtenBytes?: bigint | undefined;
  readonly memoryLimitBytes?: bigint | undefined;
  /** In cores: 0.5 is half of one. */
  readonly cpuLimit?: number | undefined;
}

/**
 * Looks for the cgroups of containers by their ids, and reads their counters. A container without a cgroup here, because it
 * does not run or runs elsewhere, is not in the answer.
 *
 * @param root where cgroup v2 is mounted, or the folder of v1's hierarchies
 * @see Linux admin-guide cgroup-v2.rst; cgroup-v1/blkio-controller.rst, pids.rst, memory.rst
 */
export async function cgroupCounters(
  ids: readonly string[],
  root = "/sys/fs/cgroup",
): Promise<ReadonlyMap<string, CgroupCounters>> {
  const isUnified = (await textOf(`${root}/cgroup.controllers`)) !== undefined;
  const wanted = new Set(ids);
  const found = new Map<string, CgroupCounters>();
  for await (const [id, path] of cgroupsBelow(isUnified ? root : `${root}/pids`, "", wanted)) {
    found.set(id, await (isUnified ? countersOfV2(root + path) : countersOfV1(root, path)));
    if (found.size === wanted.size) break;
  }
  return found;
}

/** The topmost cgroup of each of the ids. What is below one of them is a part of it. */
async function* cgroupsBelow(
  root: string,
  path: string,
  ids: ReadonlySet<string>,
): AsyncGenerator<readonly [id: string, path: string], void, undefined> {
  const entries = await readdir(root + path, { withFileTypes: true }).catch(() => []); // gone meanwhile, or not mounted
  for (const entry of entries) {
    if (!entry.isDirectory()) continue;
    const id = [entry.name, idIn(entry.name)].find((name) => ids.has(name));
    const below = `${path}/${entry.name}`;
    if (id === undefined) yield* cgroupsBelow(root, below, ids);
    else yield [id, below];
  }
}

/** `cri-containerd-ID.scope`, `crio-ID.scope`: what follows the last mark. */
function idIn(name: string): string {
  return name.replace(/\.(?:scope|slice)$/u, "").replace(/^.*[-:]/u, "");
}

async function countersOfV2(folder: string): Promise<CgroupCounters> {
  const [pids, io, memory, cpu] = await Promise.all(
    ["pids.current", "io.stat", "memory.max", "cpu.max"].map((file) => textOf(`${folder}/${file}`)),
  );
  const [quota, period] = cpu?.split(" ") ?? [];
  return {
    pids: numberIn(pids),
    readBytes: sumOf(io, /\brbytes=(\d+)/gu),
    writtenBytes: sumOf(io, /\bwbytes=(\d+)/gu),
    memoryLimitBytes: limitIn(memory),
    cpuLimit: shareOf(numberIn(quota), numberIn(period)),
  };
}

async function countersOfV1(root: string, path: string): Promise<CgroupCounters> {
  const [pids, recursive, own, memory, quota, period] = await Promise.all(
    [
      "pids|pids.current",
      "blkio|blkio.throttle.io_service_bytes_recursive",
      "blkio|blkio.throttle.io_service_bytes",
      "memory|memory.limit_in_bytes",
      "cpu|cpu.cfs_quota_us",
      "cpu|cpu.cfs_period_us",
    ].map((file) => textOf(root + "/" + file.replace("|", `${path}/`))),
  );
  const io = recursive ?? own;
  return {
    pids: numberIn(pids),
    readBytes: sumOf(io, / Read (\d+)/gu),
    writtenBytes: sumOf(io, / Write (\d+)/gu),
    memoryLimitBytes: limitIn(memory),
    cpuLimit: shareOf(numberIn(quota), numberIn(period)),
  };
}

/** `max`, and -1 of cgroup v1, are no numbers here. */
function numberIn(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+\s*$/u.test(text) ? Number(text) : undefined;
}

/** The largest multiple of a page in 63 bits: what cgroup v1 says for none. */
const noLimit = 1n << 62n;

function limitIn(text: string | undefined): bigint | undefined {
  if (text === undefined || !/^\d+\s*$/u.test(text)) return undefined;
  const limit = BigInt(text.trim());
  return limit >= noLimit ? undefined : limit;
}

function shareOf(quota: number | undefined, period: number | undefined): number | undefined {
  return quota === undefined || period === undefined || period === 0 ? undefined : quota / period;
}

function sumOf(text: string | undefined, pattern: RegExp): bigint | undefined {
  if (text === undefined) return undefined;
  return [...text.matchAll(pattern)].reduce((sum, [, bytes = "0"]) => sum + BigInt(bytes), 0n);
}

async function textOf(path: string): Promise<string | undefined> {
  return readFile(path, "utf8").catch(() => undefined);
}
