/** The two kinds of number: `number` as JSON has them, `bigint` where they are whole and exact. */
export type Numeric = number | bigint;

/** What a template counts as a number. */
export function isNumeric(value: unknown): value is Numeric {
  return typeof value === "number" || typeof value === "bigint";
}

/** A JSON object: what Go decodes into a map. */
export type Dict = Readonly<Record<string, unknown>>;

/** Whether `value` has keys of its own to look into. */
export function isDict(value: unknown): value is Dict {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * `value` as JSON would have it: bytes in base64, dates as text, null for what JSON leaves out. An object of another class
 * is its text, and a whole number where that is one, so that a class can hold a number that a double would round.
 */
export function asJson(value: unknown): unknown {
  if (value === undefined || typeof value === "function" || typeof value === "symbol") return null;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (value instanceof Date) return value.toJSON();
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null || prototype === Object.prototype) return value;
  const text = String(value as URL); // or of any class that has a text of its own
  return /^-?\d+$/u.test(text) ? BigInt(text) : text;
}

/** The keys of a map in Go's order, which is that of their bytes. Keys without a value are left out, as in JSON. */
export function keysOf(dict: Dict): readonly string[] {
  return Object.keys(dict)
    .filter((key) => dict[key] !== undefined)
    .toSorted(compareTexts);
}

/** The value of a key that the map has of its own: nothing is inherited. */
export function valueOf(dict: Dict, key: string): unknown {
  return Object.hasOwn(dict, key) ? dict[key] : undefined;
}

/** Orders texts by their UTF-8 bytes, as Go does. */
export function compareTexts(a: string, b: string): number {
  // UTF-16 has only what is beyond U+FFFF out of order.
  if (!/[\u{D800}-\u{DFFF}\u{10000}-\u{10FFFF}]/u.test(a + b)) return a < b ? -1 : a > b ? 1 : 0;
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** What Go's templates take for true: anything but false, 0, and what is empty. */
export function isTrue(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (isDict(value)) return keysOf(value).length > 0;
  return value !== null && value !== false && value !== "" && (!isNumeric(value) || value != 0);
}

/** What a value is, for a sentence about it. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a map";
  if (isNumeric(value)) return "a number";
  return typeof value === "string" ? "a text" : "true or false";
}
