import { asJson, isDict, keysOf, valueOf, type Numeric } from "./values.ts";
import type { Fail } from "./fault.ts";

/** How deep data may be nested to be printed: JSON of a runtime is some twenty deep, and a circle would never end. */
const maxDepth = 500;

/** How one leaf of a value is written. */
type Leaf = (value: unknown) => string;

/** A value as Go's fmt prints it by `%v`: `map[a:1 b:[2 3]]`, null as `<nil>`. */
export function printed(value: unknown, fail: Fail): string {
  return printedBy(value, leaf, fail);
}

/** The same with another form for what is neither a list nor a map. */
export function printedBy(given: unknown, leafText: Leaf, fail: Fail, depth = 0): string {
  const value = asJson(given);
  if (depth > maxDepth) fail(`the data is nested more than ${maxDepth} deep`);
  const inner = (item: unknown): string => printedBy(item, leafText, fail, depth + 1);
  if (Array.isArray(value)) return `[${value.map(inner).join(" ")}]`;
  if (!isDict(value)) return leafText(value);
  return `map[${keysOf(value)
    .map((key) => `${leafText(key)}:${inner(valueOf(value, key))}`)
    .join(" ")}]`;
}

/** What is neither a list nor a map, as Go's fmt prints it. */
export function leaf(value: unknown): string {
  return value === null ? "<nil>" : `${value as string | Numeric | boolean}`;
}

/** JSON on one line, its keys in order, as Go's encoder writes a map. Whole numbers keep every digit. */
export function json(given: unknown, fail: Fail, depth = 0): string {
  const value = asJson(given);
  if (depth > maxDepth) fail(`the data is nested more than ${maxDepth} deep`);
  if (Array.isArray(value)) return `[${value.map((item) => json(item, fail, depth + 1)).join(",")}]`;
  if (isDict(value)) {
    const entries = keysOf(value).map((key) => `${json(key, fail)}:${json(valueOf(value, key), fail, depth + 1)}`);
    return `{${entries.join(",")}}`;
  }
  if (typeof value === "bigint") return String(value);
  // Go's encoder escapes these two, so that JSON is JavaScript too.
  return JSON.stringify(value).replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029");
}
