import type { NamespaceDiff, NamespaceDifference } from "../../lookup/diff.ts";
import type { Terminal } from "../outcome.ts";
import { printable } from "./printable.ts";
import { table } from "./table.ts";

/** What two sides share, a line a kind. */
export function diffView({ left, right, namespaces }: NamespaceDiff, terminal: Terminal): string {
  return table<NamespaceDifference>(
    [
      { head: "NAMESPACE", cell: ({ namespace }) => namespace },
      { head: printable(left.name), cell: (row) => row.left ?? "-" },
      { head: "", cell: ({ shared }) => (shared === null ? "?" : shared ? "=" : "≠"), color: colorOf },
      { head: printable(right.name), cell: (row) => row.right ?? "-" },
      { head: "SHARED", cell: ({ shared }) => (shared === null ? "unknown" : shared ? "yes" : "no"), color: colorOf },
    ],
    namespaces,
    { ...terminal, minWidth: 0 },
  );
}

function colorOf({ shared }: NamespaceDifference): "green" | "yellow" | undefined {
  return shared === null ? "yellow" : shared ? "green" : undefined;
}
