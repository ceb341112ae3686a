import { UsageError } from "../errors.ts";

/** Says what is wrong at a place, and does not come back. */
export type Fail = (message: string, hint?: string) => never;

/** A failure at an offset of `text`: what it is about, its line and column, both from 1. */
export function faultAt(what: string, text: string, { at, message, hint }: Fault): UsageError {
  const before = text.slice(0, at).split("\n");
  const column = Array.from(before.at(-1) ?? "").length + 1;
  const line = text.includes("\n") ? `line ${before.length}, ` : "";
  return new UsageError(`${what}: ${line}column ${column}: ${message}`, { hint });
}

/** What went wrong, and at which offset. */
export interface Fault {
  readonly at: number;
  readonly message: string;
  readonly hint?: string | undefined;
}
