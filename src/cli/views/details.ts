import { printable } from "./printable.ts";

/** What one line of details can say. */
type Detail = string | number | boolean | bigint | undefined | readonly string[] | Readonly<Record<string, string>>;

/**
 * An object as `Name: value` lines; several values are a line each below the name, keys and values with an arrow between.
 * What is not there has no line.
 */
export function details(fields: Readonly<Record<string, Detail>>): string {
  return Object.entries(fields)
    .flatMap(([name, value]) => linesOf(name, value))
    .join("\n");
}

function linesOf(name: string, value: Detail): readonly string[] {
  if (value === undefined) return [];
  if (typeof value !== "object") return [`${name}: ${printable(String(value))}`];
  const lines = isList(value) ? value : Object.entries(value).map(([key, text]) => `${key} -> ${text}`);
  return lines.length === 0 ? [] : [`${name}:`, ...lines.map((line) => `\t${printable(line)}`)];
}

function isList(value: object): value is readonly string[] {
  return Array.isArray(value);
}
