import type { ProcessOfContainer } from "../../stats/processes.ts";
import type { ListColumn, ListKind } from "../list.ts";
import { cpuTime } from "./cpu-time.ts";
import { humanSize, shortId } from "./human.ts";

const columns: readonly ListColumn<ProcessOfContainer>[] = [
  { head: "PID", cell: ({ pid }) => String(pid), key: ({ pid }) => pid },
  { head: "HOST PID", cell: ({ hostPid }) => String(hostPid), key: ({ hostPid }) => hostPid },
  { head: "USER", cell: ({ user }) => user },
  { head: "STATE", cell: ({ state }) => state },
  { head: "CPU TIME", cell: ({ cpuTimeMs }) => cpuTime(cpuTimeMs), key: ({ cpuTimeMs }) => cpuTimeMs },
  { head: "MEM", cell: ({ residentBytes }) => humanSize(residentBytes, 4), key: ({ residentBytes }) => residentBytes },
];

const command: ListColumn<ProcessOfContainer> = { head: "COMMAND", cell: ({ command: words }) => words.join(" ") };

const containerName: ListColumn<ProcessOfContainer> = {
  head: "CONTAINER",
  cell: ({ container: { id, metadata } }) => metadata?.name ?? shortId(id),
};

/** Processes of containers. @param several whether they are of more than one */
export function processesKind(several: boolean): ListKind<ProcessOfContainer> {
  return {
    columns: [...(several ? [containerName] : []), ...columns, command],
    minWidth: 0,
    id: ({ hostPid }) => String(hostPid),
    toJson: ({ container: { id, metadata }, ...process }) => ({
      containerId: id,
      containerName: metadata?.name ?? "",
      ...process,
    }),
    key: "processes",
  };
}
