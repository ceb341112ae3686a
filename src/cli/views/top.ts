import type { ContainerUsage } from "../../stats/container-usage.ts";
import type { ListKind } from "../list.ts";
import { containerUsageKind } from "./container-usage.ts";

const { columns, wide = [] } = containerUsageKind;

/** A column of `stats`, or of its `-o wide`. */
const column = (head: string): (typeof columns)[number] =>
  [...columns, ...wide].find((one) => one.head === head) ?? { head, cell: () => "" };

const shown = ["POD", "NAME", "CPU %", "MEM", "CONTAINER"];

/** Live containers by what they use. */
export const topKind: ListKind<ContainerUsage> = {
  ...containerUsageKind,
  columns: shown.map(column),
  wide: [...columns, ...wide].filter(({ head }) => !shown.includes(head)),
  minWidth: 0,
  toJson: ({ stats, cpuPercent, pod }) => ({
    id: stats.attributes?.id ?? "",
    name: stats.attributes?.metadata?.name ?? "",
    pod: pod?.name,
    namespace: pod?.namespace,
    cpuPercent,
    memoryBytes: stats.memory?.workingSetBytes?.value ?? 0n,
  }),
  key: "containers",
};
