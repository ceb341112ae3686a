import type { EventKind, RuntimeEvent } from "../../events/runtime-event.ts";
import type { Terminal } from "../outcome.ts";
import { paint, type Color } from "./color.ts";
import { printable } from "./printable.ts";
import { rfc3339 } from "./rfc3339.ts";
import { shortId } from "./human.ts";
import { widthOf } from "./width.ts";

/** An event as JSON: the fields of CRI's ContainerEventResponse that every source has, and who it is about. */
export function eventJson({ id, kind, atNs, ...event }: RuntimeEvent): object {
  const containerEventType = `CONTAINER_${kind.toUpperCase()}_EVENT`;
  return { containerId: id, containerEventType, createdAt: atNs, time: rfc3339(atNs), ...event };
}

const colors: Readonly<Record<EventKind, Color | undefined>> = {
  created: undefined,
  started: "green",
  stopped: "yellow",
  deleted: "dim",
};

/** Columns wide enough for all but the last; what comes line by line cannot be measured beforehand. */
const columns = { TIME: 35, EVENT: 9, ID: 15, NAME: 28, POD: 34, "": 0 } as const;

/** The heads above the first event. */
export function eventHead(): string {
  return line(Object.keys(columns));
}

/** An event as a line. */
export function eventLine(event: RuntimeEvent, { color }: Pick<Terminal, "color">): string {
  const { kind, atNs, id, isSandbox, name = "?", pod, exitCode, source } = event;
  const notes = [
    ...(isSandbox ? ["sandbox"] : []),
    ...(exitCode === undefined ? [] : [`exit ${exitCode}`]),
    ...(source === "look" ? ["found by looking"] : []),
  ];
  const podName = pod === undefined ? "" : `${pod.namespace}/${pod.name}`;
  const cells = [rfc3339(atNs), kind, shortId(id), name, podName, notes.join(", ")].map(printable);
  return line(cells, (text, at) => (at === 1 ? paint(text, colors[kind], { color }) : text));
}

function line(cells: readonly string[], painted: (text: string, at: number) => string = (text) => text): string {
  const widths = Object.values(columns);
  return cells
    .map((text, at) => painted(text, at) + " ".repeat(Math.max(1, (widths[at] ?? 0) - widthOf(text))))
    .join("")
    .trimEnd();
}
