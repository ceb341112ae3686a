import { ExactInteger } from "../../cri/verbose-info/exact-integer.ts";

/**
 * JSON with two spaces, or on one line. A bigint (an inode, nanoseconds) becomes a decimal string, because doubles round
 * it, and bytes become base64, both as in protojson. Only an {@link ExactInteger} is a number of any length: a runtime
 * said it as one.
 */
export function toJson(data: unknown, indent: 2 | 0 = 2): string {
  let isMarked = false;
  const replacer = function (this: unknown, key: string, value: unknown): unknown {
    const original = (this as Record<string, unknown>)[key];
    if (!(original instanceof ExactInteger)) return jsonable(value, original);
    isMarked = true;
    return mark + original.digits;
  };
  const text = JSON.stringify(data, replacer, indent) ?? "null";
  const exact = isMarked ? text.replace(markedNumber, "$1") : text;
  // JSON escapes C0 only; a terminal obeys DEL and C1 too. The value is the same.
  return exact.replace(/[\u007F-\u009F]/gu, (character) => `\\u00${character.charCodeAt(0).toString(16)}`);
}

/** JSON.stringify has no way to write a number of its own: a text marked by what is no character becomes one afterwards. */
const mark = "\uFFFF";
const markedNumber = /"\uFFFF(-?\d+)"/gu;

/** For JSON.stringify, which calls a Buffer's own toJSON first: the value itself is the original. */
function jsonable(value: unknown, original: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  return original instanceof Uint8Array ? Buffer.from(original).toString("base64") : value;
}
