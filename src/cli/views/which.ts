import type { Match } from "../../lookup/which.ts";
import type { Terminal } from "../outcome.ts";
import { shortId } from "./human.ts";
import { table } from "./table.ts";

/** The pods behind something, a line each. */
export function whichView({ matches }: { readonly matches: readonly Match[] }, terminal: Terminal): string {
  return table<Match>(
    [
      { head: "AS", cell: ({ meaning }) => meaning },
      { head: "POD", cell: ({ pod }) => (pod.namespace === "" ? pod.name : `${pod.namespace}/${pod.name}`) },
      { head: "CONTAINER", cell: ({ container }) => container?.name ?? "-" },
      { head: "ID", cell: ({ pod, container }) => shortId(container?.id ?? pod.id) },
      { head: "PROCESS", cell: ({ process: found }) => (found === null ? "-" : `${found.comm}(${found.pid})`) },
      { head: "BECAUSE", cell: ({ because }) => because },
    ],
    matches,
    { ...terminal, minWidth: 0 },
  );
}
