import { UsageError } from "../errors.ts";

/** Smallest and largest value of each whole-number type of protobuf. */
const ranges: Readonly<Record<string, readonly [bigint, bigint]>> = {
  ...Object.fromEntries(["int32", "sint32", "sfixed32"].map((type) => [type, [-(2n ** 31n), 2n ** 31n - 1n]])),
  ...Object.fromEntries(["uint32", "fixed32"].map((type) => [type, [0n, 2n ** 32n - 1n]])),
  ...Object.fromEntries(["int64", "sint64", "sfixed64"].map((type) => [type, [-(2n ** 63n), 2n ** 63n - 1n]])),
  ...Object.fromEntries(["uint64", "fixed64"].map((type) => [type, [0n, 2n ** 64n - 1n]])),
};

/**
 * A value of a scalar type in the form that protobufjs encodes: 64-bit numbers as text, bytes as a Buffer.
 *
 * @throws {UsageError} when the value does not fit the type
 */
export function scalarFromJson(type: string, value: unknown, path: string): unknown {
  if (type === "string") return typeof value === "string" ? value : refuse(path, "a text");
  if (type === "bool") return typeof value === "boolean" ? value : refuse(path, "true or false");
  if (type === "bytes") return bytesFrom(value, path);
  if (type === "double" || type === "float") return floatFrom(value, path);
  return wholeNumberFrom(type, value, path);
}

/** A key of a map, which JSON only has as a text. */
export function mapKeyFromJson(type: string, key: string, path: string): string {
  if (type === "string") return key;
  if (type === "bool") return key === "true" || key === "false" ? key : refuse(path, "under the key true or false");
  return String(wholeNumberFrom(type, key, path));
}

function wholeNumberFrom(type: string, value: unknown, path: string): string | number {
  const [least, most] = ranges[type] ?? [0n, 0n];
  const whole =
    typeof value === "bigint" ||
    (typeof value === "number" && Number.isInteger(value)) ||
    (typeof value === "string" && /^-?\d+$/u.test(value))
      ? BigInt(value)
      : refuse(path, "a whole number");
  if (whole < least || whole > most) return refuse(path, `from ${least} to ${most}`);
  return type.endsWith("64") ? String(whole) : Number(whole);
}

function floatFrom(value: unknown, path: string): number {
  if (value === "NaN" || value === "Infinity" || value === "-Infinity") return Number(value);
  const isText = typeof value === "string" && /^-?\d/u.test(value);
  const number = isText || typeof value === "number" || typeof value === "bigint" ? Number(value) : Number.NaN;
  return Number.isFinite(number) ? number : refuse(path, "a number");
}

/** base64 with either alphabet, padded or not. */
function bytesFrom(value: unknown, path: string): Buffer {
  const isBase64 = typeof value === "string" && /^[\w+/-]*={0,2}$/u.test(value);
  if (!isBase64 || value.replaceAll("=", "").length % 4 === 1) return refuse(path, "bytes in base64");
  return Buffer.from(value, "base64");
}

function refuse(path: string, what: string): never {
  throw new UsageError(`${path} has to be ${what}`);
}
