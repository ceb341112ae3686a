import protobuf from "protobufjs";
import { findByName } from "./by-name.ts";
import { jsonNameOf } from "./json-name.ts";
import type { DynamicMethod, Schema } from "./schema.ts";

/** What a proto says of one of its names. Plain data. */
export type Description =
  | {
      readonly kind: "service";
      readonly name: string;
      readonly comment: string;
      readonly methods: readonly MethodDescription[];
    }
  | ({ readonly kind: "method" } & MethodDescription)
  | {
      readonly kind: "message";
      readonly name: string;
      readonly comment: string;
      readonly fields: readonly FieldDescription[];
    }
  | {
      readonly kind: "enum";
      readonly name: string;
      readonly comment: string;
      readonly values: readonly ValueDescription[];
    };

/** One method. `request` and `response` are whole names of messages. */
export interface MethodDescription {
  /** Such as `runtime.v1.RuntimeService/RunPodSandbox`. */
  readonly name: string;
  readonly comment: string;
  readonly request: string;
  readonly requestStream: boolean;
  readonly response: string;
  readonly responseStream: boolean;
}

/** One field. `type` as the proto writes it, such as `repeated runtime.v1.Mount` or `map<string, string>`. */
export interface FieldDescription {
  /** As protojson spells it. */
  readonly name: string;
  /** As the proto spells it, where that differs. A request may use either. */
  readonly protoName?: string;
  readonly number: number;
  readonly type: string;
  /** The oneof it belongs to: only one of its fields can be set. */
  readonly oneof: string | null;
  /** Whether it should not be used any more. */
  readonly deprecated?: true;
  readonly comment: string;
}

/** One value of an enum. */
export interface ValueDescription {
  readonly name: string;
  readonly number: number;
  readonly comment: string;
}

/**
 * Describes a service, a method (`Service/Method`), a message or an enum, by its whole name or the end of it.
 *
 * @throws {NotFoundError} naming the near one
 * @throws {UsageError} when several are meant
 */
export function describe({ root, methods }: Schema, name: string): Description {
  const all = new Map<string, () => Description>();
  for (const [whole, method] of methods) all.set(whole, () => ({ kind: "method", ...methodOf(method) }));
  for (const object of objectsIn(root)) all.set(object.fullName.slice(1), () => describeObject(object, methods));
  return findByName(all, name, "name")();
}

/** Every method of every service of a schema, in the order of the files. */
export function listMethods({ methods }: Schema): readonly MethodDescription[] {
  return [...methods.values()].map(methodOf);
}

type Describable = protobuf.Service | protobuf.Type | protobuf.Enum;

function* objectsIn(scope: protobuf.NamespaceBase): Generator<Describable> {
  for (const object of scope.nestedArray) {
    if (object instanceof protobuf.Service || object instanceof protobuf.Type || object instanceof protobuf.Enum)
      yield object;
    if (object instanceof protobuf.Namespace) yield* objectsIn(object);
  }
}

function describeObject(object: Describable, methods: Schema["methods"]): Description {
  const name = object.fullName.slice(1);
  const comment = object.comment ?? "";
  if (object instanceof protobuf.Service) {
    const own = [...methods.values()].filter(({ service }) => service === name);
    return { kind: "service", name, comment, methods: own.map(methodOf) };
  }
  if (object instanceof protobuf.Type) {
    const fields = object.fieldsArray.toSorted((a, b) => a.id - b.id).map(fieldOf);
    return { kind: "message", name, comment, fields };
  }
  const values = Object.entries(object.values).map(([value, number]) => ({
    name: value,
    number,
    comment: object.comments[value] ?? "",
  }));
  return { kind: "enum", name, comment, values };
}

function methodOf({ service, rpc, request, response, ...rest }: DynamicMethod): MethodDescription {
  return {
    name: `${service}/${rpc}`,
    comment: rest.comment,
    request: request.fullName.slice(1),
    requestStream: rest.requestStream,
    response: response.fullName.slice(1),
    responseStream: rest.responseStream,
  };
}

function fieldOf(field: protobuf.Field): FieldDescription {
  const base = field.resolvedType?.fullName.slice(1) ?? field.type;
  const optional = field.options?.["proto3_optional"] === true;
  const name = jsonNameOf(field);
  return {
    name,
    ...(name === field.name ? {} : { protoName: field.name }),
    number: field.id,
    type: typeOf(field, optional ? `optional ${base}` : base),
    oneof: optional ? null : (field.partOf?.name ?? null),
    ...(field.options?.["deprecated"] === true ? { deprecated: true } : {}),
    comment: field.comment ?? "",
  };
}

function typeOf(field: protobuf.Field, base: string): string {
  if (field instanceof protobuf.MapField) return `map<${field.keyType}, ${base}>`;
  return field.repeated ? `repeated ${base}` : base;
}
