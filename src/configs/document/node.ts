import { UsageError } from "../../errors.ts";

/** One value of a config file, with the place where it stands: an offset into the text. */
export type Node = MapNode | ListNode | ScalarNode;

/** Keys and values, in the order of the file; a key may be there twice. */
export interface MapNode {
  readonly kind: "map";
  readonly at: number;
  readonly entries: readonly Entry[];
}

/** One key of a map. */
export interface Entry {
  readonly key: string;
  /** As of a scalar. */
  readonly style: ScalarNode["style"];
  readonly at: number;
  readonly value: Node;
}

/** A list. */
export interface ListNode {
  readonly kind: "list";
  readonly at: number;
  readonly items: readonly Node[];
}

/**
 * A text, a number, a word. `text` is one for certain, because it stands in quotes; `literal` is a number, `true`, `false`
 * or `null` of JSON; `plain` stands without quotes in YAML: which of these it is, its field has to say.
 */
export interface ScalarNode {
  readonly kind: "scalar";
  readonly at: number;
  readonly style: "text" | "literal" | "plain";
  /** A text's content; of the others what is written, so that no digit is lost. */
  readonly source: string;
}

/** A file that was read as JSON or YAML. */
export interface ConfigDocument {
  readonly root: Node;
  readonly source: Source;
}

/** The text of a file, and how the file is called. */
export interface Source {
  readonly name: string;
  readonly text: string;
}

/** More levels than any config has. */
export const deepest = 64;

/** A failure at a place: `FILE:LINE:COLUMN: …`, both counted from 1. */
export function refusalAt(source: Source, at: number, message: string, hint?: string): UsageError {
  return new UsageError(`${placeOf(source, at)}: ${message}`, { hint });
}

/** `FILE:LINE:COLUMN` of an offset. */
export function placeOf({ name, text }: Source, at: number): string {
  const before = text.slice(0, at).split(/\r\n|\r|\n/u);
  return `${name}:${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
}
