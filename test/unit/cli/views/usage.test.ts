import { describe, expect, test } from "vitest";
import type { ListKind } from "../../../../src/cli/list.ts";
import { containerUsageKind } from "../../../../src/cli/views/container-usage.ts";
import { cpuTime } from "../../../../src/cli/views/cpu-time.ts";
import { descriptorsView, metricsView } from "../../../../src/cli/views/metrics.ts";
import { podUsageKind, podUsageRows, widestOf } from "../../../../src/cli/views/pod-usage.ts";
import { processesKind } from "../../../../src/cli/views/processes.ts";
import { table } from "../../../../src/cli/views/table.ts";
import { topKind } from "../../../../src/cli/views/top.ts";
import {
  ContainerStats,
  ListMetricDescriptorsResponse,
  ListPodSandboxMetricsResponse,
  MetricType,
  PodSandboxStats,
} from "../../../../src/cri/messages.ts";
import { toProtoJson } from "../../../../src/cri/protojson.ts";
import { RuntimeFailedError } from "../../../../src/errors.ts";
import type { ContainerUsage } from "../../../../src/stats/container-usage.ts";
import type { PodUsage } from "../../../../src/stats/pod-usage.ts";

const id = "0123456789abcdef".repeat(4);
const showing = { now: new Date(0), full: false };
const value = (number: bigint) => ({ value: number });
const psi = (share: number) => ({ Some: { Total: 1n, Avg10: share, Avg60: 0, Avg300: 0 } });

/** Heads and cells of one item, as `-o wide` has them. */
function cellsOf<Item>({ columns, wide = [] }: ListKind<Item>, item: Item): Readonly<Record<string, string>> {
  return Object.fromEntries([...columns, ...wide].map(({ head, cell }) => [head, cell(item, showing)]));
}

const usage: ContainerUsage = {
  stats: ContainerStats.fromPartial({
    attributes: { id, metadata: { name: "app" }, labels: { "io.kubernetes.pod.name": "web" } },
    cpu: { timestamp: 1n, usageCoreNanoSeconds: value(5n), psi: psi(1.5) },
    memory: { workingSetBytes: value(1_234_567n), availableBytes: value(765_433n), psi: psi(0) },
    writableLayer: { usedBytes: value(8_192n), inodesUsed: value(5n) },
    swap: { swapUsageBytes: value(4_096n) },
  }),
  cpuPercent: 12.345,
};

describe("what a container uses", () => {
  test("is written as crictl does, with four digits", () => {
    const { columns } = containerUsageKind;
    const written = columns.map((column) => ({
      ...column,
      cell: (item: ContainerUsage) => column.cell(item, showing),
    }));
    expect(table(written, [usage]).split("\n")).toEqual([
      "CONTAINER           NAME                CPU %               MEM                 DISK                INODES              SWAP",
      "0123456789abc       app                 12.35               1.235MB             8.192kB             5                   4.096kB",
    ]);
  });

  test("is unknown for what is not known, and nothing for one that does not run", () => {
    const unknown = cellsOf(containerUsageKind, { ...usage, cpuPercent: undefined });
    expect(unknown["CPU %"]).toBe("--");
    const stats = ContainerStats.fromPartial({ attributes: { id } });
    expect(cellsOf(containerUsageKind, { stats, cpuPercent: undefined })).toEqual({
      CONTAINER: "0123456789abc",
      NAME: "",
      "CPU %": "0.00",
      MEM: "0B",
      DISK: "0B",
      INODES: "0",
      SWAP: "0B",
      "MEM LIMIT": "--",
      "CPU LIMIT": "--",
      PIDS: "--",
      READ: "--",
      WRITTEN: "--",
      PRESSURE: "--",
      POD: "unknown",
      NAMESPACE: "unknown",
    });
  });

  test("has limits, processes, bytes and pressure where it is wide", () => {
    const cgroup = { pids: 3, readBytes: 1_000n, writtenBytes: 0n, memoryLimitBytes: 50_000_000n, cpuLimit: 0.5 };
    const pod = { name: "web", namespace: "shop" };
    expect(cellsOf(containerUsageKind, { ...usage, cgroup, pod })).toMatchObject({
      "MEM LIMIT": "50MB",
      "CPU LIMIT": "0.5",
      PIDS: "3",
      READ: "1kB",
      WRITTEN: "0B",
      PRESSURE: "cpu=1.50 memory=0.00",
      POD: "web",
      NAMESPACE: "shop",
    });
    // What the runtime says is left, and what is used.
    expect(cellsOf(containerUsageKind, usage)["MEM LIMIT"]).toBe("2MB");
  });

  test("is sorted by what is meant, not by its text", () => {
    const key = (head: string) => containerUsageKind.columns.find((column) => column.head === head)?.key?.(usage);
    expect([key("CPU %"), key("MEM"), key("INODES"), key("CONTAINER")]).toEqual([12.345, 1_234_567n, 5n, id]);
  });

  test("has a name of pod and container", () => {
    expect(containerUsageKind.name?.(usage)).toBe("web/app");
  });

  test("is the runtime's answer in JSON, and numbers in that of top", () => {
    expect(containerUsageKind.toJson(usage)).toMatchObject({ memory: { workingSetBytes: { value: "1234567" } } });
    expect(topKind.toJson({ ...usage, pod: { name: "web", namespace: "shop" } })).toEqual({
      id,
      name: "app",
      pod: "web",
      namespace: "shop",
      cpuPercent: 12.345,
      memoryBytes: 1_234_567n,
    });
  });
});

test("top has every column of stats, the ones that matter first", () => {
  const heads = [...topKind.columns, ...(topKind.wide ?? [])].map(({ head }) => head);
  expect(topKind.columns.map(({ head }) => head)).toEqual(["POD", "NAME", "CPU %", "MEM", "CONTAINER"]);
  const { columns, wide = [] } = containerUsageKind;
  expect(heads.toSorted()).toEqual([...columns, ...wide].map(({ head }) => head).toSorted());
});

describe("what a pod uses", () => {
  const pod = { id, metadata: { name: "web", namespace: "shop", uid: "", attempt: 0 } };
  const stats = PodSandboxStats.fromPartial({
    attributes: { id, metadata: pod.metadata },
    linux: {
      memory: { workingSetBytes: value(794_624n) },
      process: { processCount: value(2n) },
      // The second one does not run; containerd 1.6 tells of it all the same.
      containers: [{ cpu: { usageCoreNanoSeconds: value(1n) } }, {}],
      network: {
        defaultInterface: { name: "eth0", rxBytes: value(3_000n), txBytes: value(900n) },
        interfaces: [{ name: "eth1", rxBytes: value(1_000n), txBytes: value(100n) }],
      },
    },
  });
  const answer = "because cgroupPath is empty";
  const failure = new RuntimeFailedError("failed: " + answer, { status: "UNKNOWN", answer });
  const lost: PodUsage = { pod, failure };

  test("is what the pod's cgroup counts, and all of its interfaces", () => {
    expect(cellsOf(podUsageKind("wide"), { pod, stats, cpuPercent: 1 })).toEqual({
      POD: "web",
      "POD ID": "0123456789abc",
      "CPU %": "1.00",
      MEM: "794.6kB",
      PIDS: "2",
      CONTAINERS: "1",
      RECEIVED: "4kB",
      SENT: "1kB",
      PRESSURE: "--",
      NAMESPACE: "shop",
      "": "",
    });
  });

  test("is empty with its reason behind, and the table is crictl's where there is none", () => {
    const written = podUsageKind("table").columns.map((column) => ({
      ...column,
      cell: (item: PodUsage) => column.cell(item, showing),
    }));
    const [head, ...rows] = table(written, [{ pod, stats, cpuPercent: 1 }, lost]).split("\n");
    expect(head).toBe("POD                 POD ID              CPU %               MEM");
    expect(rows).toEqual([
      "web                 0123456789abc       1.00                794.6kB",
      "web                 0123456789abc       --                  --                  it has no cgroup_parent",
    ]);
  });

  test("has rows that stand below each other when they come one by one", () => {
    const long = { ...pod, metadata: { ...pod.metadata, name: "a-pod-with-a-name-longer-than-20" } };
    const { head, row } = podUsageRows(widestOf([pod, long], false), showing, {});
    expect([head, row({ pod, stats }), row({ pod: long, failure })]).toEqual([
      "POD                                POD ID              CPU %               MEM",
      "web                                0123456789abc       --                  794.6kB",
      "a-pod-with-a-name-longer-than-20   0123456789abc       --                  --                  it has no cgroup_parent",
    ]);
  });
});

test("a process of a container has its command in one line, and the container where there are several", () => {
  const process = {
    pid: 1,
    hostPid: 4_711,
    user: "app",
    state: "S",
    cpuTimeMs: 3_723_000,
    residentBytes: 1_400_000,
    command: ["sh", "-c", "sleep 1"],
    container: { id, metadata: { name: "app", attempt: 0 } as never },
  };
  expect(cellsOf(processesKind(true), process)).toEqual({
    CONTAINER: "app",
    PID: "1",
    "HOST PID": "4711",
    USER: "app",
    STATE: "S",
    "CPU TIME": "01:02:03",
    MEM: "1.4MB",
    COMMAND: "sh -c sleep 1",
  });
  expect(processesKind(false).columns.map(({ head }) => head)).not.toContain("CONTAINER");
});

test.each([
  [0, "00:00:00"],
  [59_999, "00:00:59"],
  [86_399_000, "23:59:59"],
  [176_400_000, "2-01:00:00"],
])("%d ms of CPU are %s", (milliseconds, text) => {
  expect(cpuTime(milliseconds)).toBe(text);
});

test("metrics are a line each, of pods and of containers, and what they mean is another table", () => {
  const metric = (name: string, more = {}) => ({ name, labelValues: ["eth0", "a"], value: value(7n), ...more });
  const metrics = ListPodSandboxMetricsResponse.fromPartial({
    podMetrics: [
      {
        podSandboxId: id,
        metrics: [metric("rx", { metricType: MetricType.GAUGE })],
        containerMetrics: [{ containerId: "f".repeat(64), metrics: [metric("cpu")] }],
      },
    ],
  });
  const terminal = { width: Infinity, color: false, now: new Date(0) };
  expect(metricsView(toProtoJson(ListPodSandboxMetricsResponse, metrics), terminal).split("\n")).toEqual([
    "POD ID          CONTAINER       METRIC   TYPE      VALUE   LABELS",
    "0123456789abc                   rx       gauge     7       eth0,a",
    "0123456789abc   fffffffffffff   cpu      counter   7       eth0,a",
  ]);
  const descriptors = ListMetricDescriptorsResponse.fromPartial({
    descriptors: [{ name: "rx", help: "Bytes\u001b received", labelKeys: ["interface", "pod"] }],
  });
  expect(descriptorsView(toProtoJson(ListMetricDescriptorsResponse, descriptors), terminal).split("\n")).toEqual([
    "METRIC   LABELS          HELP",
    "rx       interface,pod   Bytes\\x1b received",
  ]);
});
