/**
 * JSON with two spaces, or on one line. A bigint (an inode, nanoseconds) becomes a decimal string, because doubles round
 * it, and bytes become base64, both as in protojson.
 */
export function toJson(data: unknown, indent: 2 | 0 = 2): string {
  const text = JSON.stringify(data, jsonable, indent) ?? "null";
  // JSON escapes C0 only; a terminal obeys DEL and C1 too. The value is the same.
  return text.replace(/[\u007F-\u009F]/gu, (character) => `\\u00${character.charCodeAt(0).toString(16)}`);
}

/** For JSON.stringify, which calls a Buffer's own toJSON first: the value itself is in its holder. */
function jsonable(this: unknown, key: string, value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  const original = (this as Record<string, unknown>)[key];
  return original instanceof Uint8Array ? Buffer.from(original).toString("base64") : value;
}
