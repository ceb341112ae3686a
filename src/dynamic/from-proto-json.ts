import protobuf from "protobufjs";
import { UsageError } from "../errors.ts";
import { nearest } from "../near.ts";
import { messageInAny } from "./any.ts";
import { fieldNamed, jsonNameOf } from "./json-name.ts";
import { mapKeyFromJson, scalarFromJson } from "./scalars.ts";
import { wellKnown } from "./well-known.ts";

/**
 * Takes a message in protobuf's JSON form and gives it in the form that protobufjs encodes. Fields may be in camelCase or
 * as the proto has them; 64-bit numbers texts or numbers, exact also beyond 2^53 when they come as bigint; bytes base64;
 * enums names or numbers; null is the same as absent. `Timestamp`, `Duration` and `FieldMask` may be their texts, and `Any`
 * may have `@type`; Google's other types (`Struct`, `Value`, wrappers) are written as the messages they are.
 *
 * @param path where the message stands in the request; nothing for the request itself
 * @throws {UsageError} naming the path of a field that there is not, and the near one; or of a value that does not fit
 */
export function fromProtoJson(type: protobuf.Type, json: unknown, path = ""): Record<string, unknown> {
  const known = wellKnown[type.fullName];
  if (known !== undefined && typeof json === "string") return known.from(json, path);
  const object = objectFrom(json, path === "" ? "the request" : path);
  if (type.fullName === ".google.protobuf.Any" && Object.hasOwn(object, "@type"))
    return anyFrom(type.root, object, path);
  const message = new Map<string, unknown>();
  const oneofs = new Map<string, string>();
  for (const [key, value] of Object.entries(object)) {
    const at = below(path, key);
    const field = fieldNamed(type, key) ?? unknownField(type, key, at);
    if (value === null) continue;
    if (message.has(field.name)) throw new UsageError(`${at} is said twice`);
    message.set(field.name, fieldFrom(field, value, at));
    const other = oneofs.get(field.partOf?.name ?? "");
    if (other !== undefined) throw new UsageError(`${at} and ${other} exclude each other`);
    if (field.partOf !== null) oneofs.set(field.partOf.name, at);
  }
  return Object.fromEntries(message);
}

function unknownField(type: protobuf.Type, key: string, at: string): never {
  const near = nearest(
    key,
    type.fieldsArray.flatMap((field) => [jsonNameOf(field), field.name]),
  );
  throw new UsageError(`${type.fullName.slice(1)} has no field '${at}'`, {
    hint: near === undefined ? undefined : `did you mean ${near}?`,
  });
}

function fieldFrom(field: protobuf.Field, value: unknown, path: string): unknown {
  if (field instanceof protobuf.MapField) {
    const entries = Object.entries(objectFrom(value, path)).map(([key, item]) => {
      const at = below(path, key);
      return [mapKeyFromJson(field.keyType, key, at), itemFrom(field, item, at)] as const;
    });
    return Object.fromEntries(entries);
  }
  if (!field.repeated) return itemFrom(field, value, path);
  if (!Array.isArray(value)) throw new UsageError(`${path} has to be a JSON list`);
  return value.map((item: unknown, at) => itemFrom(field, item, `${path}[${at}]`));
}

function itemFrom({ resolvedType, type }: protobuf.Field, value: unknown, path: string): unknown {
  if (resolvedType instanceof protobuf.Type) return fromProtoJson(resolvedType, value, path);
  if (resolvedType instanceof protobuf.Enum) return enumFrom(resolvedType, value, path);
  return scalarFromJson(type, value, path);
}

function enumFrom({ values }: protobuf.Enum, value: unknown, path: string): unknown {
  if (typeof value === "number") return scalarFromJson("int32", value, path);
  if (typeof value === "string" && Object.hasOwn(values, value)) return values[value];
  const names = Object.keys(values);
  const near = nearest(String(value), names);
  throw new UsageError(`${path} has to be one of ${names.join(", ")}`, {
    hint: near === undefined ? undefined : `did you mean ${near}?`,
  });
}

/** `{ "@type": …, fields }` as the bytes of that message; of a type that the protos do not have, `value` is its bytes. */
function anyFrom(
  root: protobuf.Root,
  { "@type": url, ...fields }: Record<string, unknown>,
  path: string,
): Record<string, unknown> {
  if (typeof url !== "string") throw new UsageError(`${below(path, "@type")} has to be a text`);
  const type = messageInAny(root, url);
  if (type === undefined) {
    const [unknown] = Object.keys(fields).filter((key) => key !== "value");
    if (unknown !== undefined) {
      throw new UsageError(`the protos have no message '${url}', so ${below(path, unknown)} cannot be encoded`, {
        hint: "give its bytes in base64 as value",
      });
    }
    return { type_url: url, value: scalarFromJson("bytes", fields["value"] ?? "", below(path, "value")) };
  }
  const inner = fromProtoJson(type, wellKnown[type.fullName] === undefined ? fields : fields["value"], path);
  return { type_url: url, value: type.encode(type.fromObject(inner)).finish() };
}

function objectFrom(json: unknown, what: string): Record<string, unknown> {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new UsageError(`${what} has to be a JSON object`);
  }
  return json as Record<string, unknown>;
}

function below(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}
