import type { RuntimeFeatures, RuntimeHandlerFeatures, StatusResponse } from "../../cri/messages.ts";
import type { Terminal } from "../outcome.ts";
import { table } from "./table.ts";

/** The state of a runtime for people: its conditions, its handlers, what it can do. */
export function infoView(answer: StatusResponse, { color }: Pick<Terminal, "color">): string {
  const conditions = table(
    [
      { head: "CONDITION", cell: ({ type }) => type },
      {
        head: "STATUS",
        cell: ({ status }) => String(status),
        color: ({ status }) => (status ? "green" : "red"),
      },
      { head: "REASON", cell: ({ reason }) => reason },
      { head: "MESSAGE", cell: ({ message }) => message },
    ],
    answer.status?.conditions ?? [],
    { color, minWidth: 0 },
  );
  const handlers = table(
    [
      { head: "HANDLER", cell: ({ name }) => (name === "" ? "(default)" : name) },
      { head: "FEATURES", cell: ({ features }) => namesOf(features) },
    ],
    answer.runtimeHandlers,
    { color, minWidth: 0 },
  );
  const parts = [conditions];
  if (answer.runtimeHandlers.length > 0) parts.push(handlers);
  if (answer.features !== undefined) parts.push(`Features: ${namesOf(answer.features)}`);
  return parts.join("\n\n");
}

function namesOf(features: RuntimeFeatures | RuntimeHandlerFeatures | undefined): string {
  const names = Object.entries(features ?? {}).flatMap(([name, value]) => (value === true ? [name] : []));
  return names.length === 0 ? "-" : names.join(", ");
}
