import type { EventKind, RuntimeEvent } from "../events/runtime-event.ts";
import { UsageError } from "../errors.ts";
import { nearest } from "../near.ts";
import { oneOf } from "./words.ts";

/** What a filter compares. */
type Compare = (event: RuntimeEvent) => boolean;

/** The filters that were given, by what they are about. */
export type EventFilters = ReadonlyMap<string, readonly Compare[]>;

const makers: Readonly<Record<string, (value: string) => Compare>> = {
  type: (value) => {
    const kind: EventKind = oneOf("created", "started", "stopped", "deleted")(value);
    return (event) => event.kind === kind;
  },
  pod: (value) => (event) =>
    [event.pod?.name, event.pod?.id, `${event.pod?.namespace}/${event.pod?.name}`].includes(value),
  container: (value) => (event) => !event.isSandbox && (event.name === value || event.id.startsWith(value)),
  namespace: (value) => (event) => event.pod?.namespace === value,
  id: (value) => (event) => event.id.startsWith(value),
  label: (value) => {
    const at = value.indexOf("=");
    if (at < 1) return (event) => Object.hasOwn(event.labels, value);
    return (event) => event.labels[value.slice(0, at)] === value.slice(at + 1);
  },
};

/** Collects `name=value` filters of events. @throws {UsageError} */
export function eventFilter(text: string, previous: EventFilters | undefined): EventFilters {
  const at = text.indexOf("=");
  const name = text.slice(0, at);
  const make = Object.hasOwn(makers, name) ? makers[name] : undefined;
  if (at < 1 || make === undefined) {
    const names = Object.keys(makers);
    const near = nearest(at < 1 ? text : name, names);
    throw new UsageError(`'${text}' is not a filter${near === undefined ? "" : ` (did you mean '${near}=…'?)`}`, {
      hint: `the filters are ${names.map((each) => `${each}=`).join(", ")}`,
    });
  }
  return new Map([...(previous ?? []), [name, [...(previous?.get(name) ?? []), make(text.slice(at + 1))]]]);
}

/** Whether an event is wanted: of several filters with one name one has to fit, of different ones each. */
export function isWanted(event: RuntimeEvent, filters: EventFilters = new Map()): boolean {
  return [...filters.values()].every((alternatives) => alternatives.some((fits) => fits(event)));
}
