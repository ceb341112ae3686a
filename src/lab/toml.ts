/** What a TOML file of ours holds. A table inside an array is written inline. */
export type TomlValue = string | number | boolean | readonly TomlValue[] | TomlTable;

/** A TOML table: keys in the order they are written. */
export interface TomlTable {
  readonly [key: string]: TomlValue;
}

/**
 * Writes a table as TOML 1.0: plain values first, then one `[section]` a table. No library, because containerd's config
 * is all that crikit ever writes in it.
 */
export function toToml(table: TomlTable): string {
  return `${sections(table, []).join("\n\n")}\n`;
}

function sections(table: TomlTable, path: readonly string[]): readonly string[] {
  const plain = Object.entries(table).filter(([, value]) => !isTable(value));
  const tables = Object.entries(table).flatMap(([key, value]) => (isTable(value) ? [[key, value] as const] : []));
  const lines = plain.map(([key, value]) => `${bare(key)} = ${inline(value)}`);
  // A table of tables only needs no line of its own; an empty one does, or it would not exist.
  const head = path.length > 0 && (lines.length > 0 || tables.length === 0) ? [`[${path.map(bare).join(".")}]`] : [];
  const own = [...head, ...lines];
  return [
    ...(own.length > 0 ? [own.join("\n")] : []),
    ...tables.flatMap(([key, value]) => sections(value, [...path, key])),
  ];
}

function inline(value: TomlValue): string {
  if (typeof value === "string") return quoted(value);
  if (typeof value !== "object") return String(value);
  if (!isTable(value)) return `[${value.map(inline).join(", ")}]`;
  const pairs = Object.entries(value).map(([key, item]) => `${bare(key)} = ${inline(item)}`);
  return `{ ${pairs.join(", ")} }`;
}

function isTable(value: TomlValue): value is TomlTable {
  return typeof value === "object" && !Array.isArray(value);
}

/** A key without quotes where TOML lets it stand so. */
function bare(key: string): string {
  return /^[\w-]+$/u.test(key) ? key : quoted(key);
}

/** A basic string. JSON's escapes are TOML's, but for DEL, which TOML wants escaped as well. */
function quoted(text: string): string {
  return JSON.stringify(text).replaceAll("\u007f", "\\u007f");
}
