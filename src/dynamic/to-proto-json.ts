import protobuf from "protobufjs";
import { messageInAny } from "./any.ts";
import { jsonNameOf } from "./json-name.ts";
import { wellKnown } from "./well-known.ts";

/** How a decoded message is made plain: nothing is rounded, and what has a default is always there. */
export const plain: protobuf.IConversionOptions = {
  longs: String,
  enums: String,
  bytes: String,
  defaults: true,
  arrays: true,
  objects: true,
};

/**
 * A message that was made {@link plain}, in protobuf's JSON form: camelCase, 64-bit numbers as texts, enums by name (a
 * value without one as its number), bytes base64, lists and maps also when they are empty. Messages, `optional` fields and
 * members of a oneof that are not set are left out.
 */
export function toProtoJson(type: protobuf.Type, message: Record<string, unknown>): Record<string, unknown> {
  const entries = type.fieldsArray.flatMap((field) => {
    const value = message[field.name];
    return value === null || value === undefined ? [] : [[jsonNameOf(field), fieldTo(field, value)] as const];
  });
  return Object.fromEntries(entries);
}

function fieldTo(field: protobuf.Field, value: unknown): unknown {
  if (field instanceof protobuf.MapField) {
    const entries = Object.entries(value as Record<string, unknown>).map(([key, item]) => [key, itemTo(field, item)]);
    return Object.fromEntries(entries) as unknown;
  }
  return Array.isArray(value) ? value.map((item: unknown) => itemTo(field, item)) : itemTo(field, value);
}

function itemTo({ resolvedType }: protobuf.Field, value: unknown): unknown {
  if (resolvedType instanceof protobuf.Type) return messageTo(resolvedType, value as Record<string, unknown>);
  // JSON has no numbers for these.
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
}

function messageTo(type: protobuf.Type, message: Record<string, unknown>): unknown {
  if (type.fullName === ".google.protobuf.Any") return anyTo(type.root, message);
  return wellKnown[type.fullName]?.to(message) ?? toProtoJson(type, message);
}

/** With its fields, when the protos have the message; else its bytes. */
function anyTo(root: protobuf.Root, { type_url: url, value }: Record<string, unknown>): unknown {
  if (url === "") return {};
  const type = messageInAny(root, String(url));
  const inner = type === undefined ? undefined : decoded(type, String(value));
  if (type === undefined || inner === undefined) return { "@type": url, value };
  const shown = messageTo(type, inner);
  return typeof shown === "object" ? { "@type": url, ...shown } : { "@type": url, value: shown };
}

/** Nothing when the bytes are not that message. */
function decoded(type: protobuf.Type, base64: string): Record<string, unknown> | undefined {
  try {
    return type.toObject(type.decode(Buffer.from(base64, "base64")), plain);
  } catch {
    return undefined;
  }
}
