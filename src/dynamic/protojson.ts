import protobuf from "protobufjs";
import { UsageError } from "../errors.ts";
import { nearest } from "../near.ts";

/**
 * Takes a message in protobuf's JSON form and gives it in the form that proto-loader encodes. Names are taken in camelCase
 * and as the proto has them; 64-bit numbers as text or as numbers, also beyond 2^53 when they come as bigint.
 *
 * @throws {UsageError} naming the path of a field that there is not, and the near one; or of a value that does not fit
 */
export function fromProtoJson(type: protobuf.Type, json: unknown, path = ""): Record<string, unknown> {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new UsageError(`${path === "" ? "the request" : path} has to be a JSON object`);
  }
  const entries = Object.entries(json).flatMap(([key, value]) => {
    const field = type.fields[key] ?? type.fields[protobuf.util.camelCase(key)];
    const at = path === "" ? key : `${path}.${key}`;
    if (field === undefined) {
      const near = nearest(key, Object.keys(type.fields));
      throw new UsageError(`${type.name} has no field '${at}'`, {
        hint: near === undefined ? undefined : `did you mean ${near}?`,
      });
    }
    return value === null ? [] : [[field.name, fieldFrom(field, value, at)]];
  });
  return Object.fromEntries(entries) as Record<string, unknown>;
}

function fieldFrom(field: protobuf.Field, value: unknown, path: string): unknown {
  if (field instanceof protobuf.MapField) {
    if (typeof value !== "object" || Array.isArray(value)) throw new UsageError(`${path} has to be a JSON object`);
    const entries = Object.entries(value as object).map(([key, item]) => [
      key,
      itemFrom(field, item, `${path}.${key}`),
    ]);
    return Object.fromEntries(entries) as unknown;
  }
  if (!field.repeated) return itemFrom(field, value, path);
  if (!Array.isArray(value)) throw new UsageError(`${path} has to be a JSON list`);
  return value.map((item: unknown, at) => itemFrom(field, item, `${path}[${at}]`));
}

const wholeNumbers = new Set([
  "int32",
  "uint32",
  "sint32",
  "fixed32",
  "sfixed32",
  "int64",
  "uint64",
  "sint64",
  "fixed64",
  "sfixed64",
]);

function itemFrom({ resolvedType, type }: protobuf.Field, value: unknown, path: string): unknown {
  const wrong = (what: string): UsageError => new UsageError(`${path} has to be ${what}`);
  if (resolvedType instanceof protobuf.Type) {
    const known = wellKnown[resolvedType.fullName];
    return known !== undefined && typeof value === "string"
      ? known.from(value, path)
      : fromProtoJson(resolvedType, value, path);
  }
  if (resolvedType instanceof protobuf.Enum) {
    const names = Object.keys(resolvedType.values);
    if (typeof value === "number" || (typeof value === "string" && names.includes(value))) return value;
    const near = nearest(String(value), names);
    throw new UsageError(`${path} has to be one of ${names.join(", ")}`, {
      hint: near === undefined ? undefined : `did you mean ${near}?`,
    });
  }
  if (type === "string" || type === "bytes") {
    if (typeof value !== "string") throw wrong(type === "bytes" ? "a text in base64" : "a text");
    return value;
  }
  if (type === "bool") {
    if (typeof value !== "boolean") throw wrong("true or false");
    return value;
  }
  const text = String(value);
  if (wholeNumbers.has(type) ? !/^-?\d+$/u.test(text) : Number.isNaN(Number(text))) throw wrong("a number");
  return type.includes("64") ? text : Number(text);
}

/** A decoded message in protobuf's JSON form: without the fields that are not set, and Google's own types in theirs. */
export function toProtoJson(type: protobuf.Type, message: Record<string, unknown>): Record<string, unknown> {
  const entries = type.fieldsArray.flatMap((field) => {
    const value = message[field.name];
    if (value === null || value === undefined) return [];
    const { resolvedType } = field;
    if (!(resolvedType instanceof protobuf.Type)) return [[field.name, value]];
    const inner = (item: unknown): unknown => {
      const known = wellKnown[resolvedType.fullName];
      const record = item as Record<string, unknown>;
      return known === undefined ? toProtoJson(resolvedType, record) : known.to(record);
    };
    if (Array.isArray(value)) return [[field.name, value.map(inner)]];
    if (!(field instanceof protobuf.MapField)) return [[field.name, inner(value)]];
    return [[field.name, Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inner(item)]))]];
  });
  return Object.fromEntries(entries) as Record<string, unknown>;
}

interface WellKnown {
  readonly from: (text: string, path: string) => Record<string, unknown>;
  readonly to: (message: Record<string, unknown>) => unknown;
}

/** Google's types whose JSON form is a text. @see https://protobuf.dev/programming-guides/json/ */
const wellKnown: Readonly<Record<string, WellKnown>> = {
  ".google.protobuf.Timestamp": {
    from(text, path) {
      const match = /^(.*T\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/u.exec(text);
      const ms = Date.parse(`${match?.[1] ?? ""}${match?.[3] ?? ""}`);
      if (match === null || Number.isNaN(ms))
        throw new UsageError(`${path} has to be a time such as 2026-01-31T12:00:00Z`);
      return { seconds: String(ms / 1_000), nanos: Number((match[2] ?? "0").padEnd(9, "0")) };
    },
    to: ({ seconds, nanos }) => `${new Date(Number(seconds) * 1_000).toISOString().slice(0, 19)}${fraction(nanos)}Z`,
  },
  ".google.protobuf.Duration": {
    from(text, path) {
      const match = /^(-?)(\d+)(?:\.(\d{1,9}))?s$/u.exec(text);
      if (match === null) throw new UsageError(`${path} has to be a duration such as 1.5s`);
      const [, sign = "", seconds = "0", parts = "0"] = match;
      return { seconds: `${sign}${seconds}`, nanos: Number(`${sign}${parts.padEnd(9, "0")}`) };
    },
    to: ({ seconds, nanos }) => {
      const negative = Number(nanos) < 0 || String(seconds).startsWith("-");
      return `${negative ? "-" : ""}${String(seconds).replace("-", "")}${fraction(Math.abs(Number(nanos)))}s`;
    },
  },
  ".google.protobuf.FieldMask": {
    from: (text) => ({ paths: text === "" ? [] : text.split(",") }),
    to: ({ paths }) => (paths as string[]).join(","),
  },
};

function fraction(nanos: unknown): string {
  const digits = String(nanos)
    .padStart(9, "0")
    .replace(/(?:000){1,3}$/u, "");
  return digits === "" ? "" : `.${digits}`;
}
