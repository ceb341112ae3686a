import protobuf from "protobufjs";
import { NotFoundError } from "../errors.ts";
import { nearest } from "../near.ts";
import type { Schema } from "./schema.ts";

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
  readonly name: string;
  readonly comment: string;
  readonly request: string;
  readonly requestStream: boolean;
  readonly response: string;
  readonly responseStream: boolean;
}

/** One field. `type` as the proto writes it, such as `repeated Mount` or `map<string, string>`. */
export interface FieldDescription {
  /** As protojson spells it; the proto's own spelling is taken as well. */
  readonly name: string;
  readonly number: number;
  readonly type: string;
  readonly oneof: string | null;
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
 */
export function describe({ root }: Schema, name: string): Description {
  const wanted = `.${name.replace(/^\/|^\./u, "").replace("/", ".")}`;
  const all = [...objectsOf(root)];
  const found =
    all.find((object) => object.fullName === wanted) ?? all.find((object) => object.fullName.endsWith(wanted));
  if (found !== undefined) return describeObject(found);
  const near = nearest(wanted.split(".").at(-1) ?? "", new Set(all.map((object) => object.name)));
  throw new NotFoundError(`the protos have no '${name}'`, {
    hint: near === undefined ? undefined : `did you mean ${near}?`,
  });
}

/** Every method of every service of a schema, in the order of the files. */
export function listMethods({ methods }: Schema): readonly MethodDescription[] {
  return methods.map(({ method }) => describeMethod(method));
}

type Describable = protobuf.Service | protobuf.Method | protobuf.Type | protobuf.Enum;

function* objectsOf(scope: protobuf.NamespaceBase): Generator<Describable> {
  for (const object of scope.nestedArray) {
    if (object instanceof protobuf.Service) yield* object.methodsArray;
    if (object instanceof protobuf.Service || object instanceof protobuf.Type || object instanceof protobuf.Enum)
      yield object;
    if (object instanceof protobuf.Namespace) yield* objectsOf(object);
  }
}

function describeObject(object: Describable): Description {
  const name = object.fullName.slice(1);
  const comment = object.comment ?? "";
  if (object instanceof protobuf.Method) return { kind: "method", ...describeMethod(object) };
  if (object instanceof protobuf.Service) {
    return { kind: "service", name, comment, methods: object.methodsArray.map(describeMethod) };
  }
  if (object instanceof protobuf.Type) {
    const fields = object.fieldsArray.toSorted((a, b) => a.id - b.id).map(describeField);
    return { kind: "message", name, comment, fields };
  }
  const values = Object.entries(object.values).map(([value, number]) => ({
    name: value,
    number,
    comment: object.comments[value] ?? "",
  }));
  return { kind: "enum", name, comment, values };
}

function describeMethod(method: protobuf.Method): MethodDescription {
  const service = method.parent?.fullName.slice(1) ?? "";
  return {
    name: `${service}/${method.name}`,
    comment: method.comment ?? "",
    request: method.resolvedRequestType?.fullName.slice(1) ?? method.requestType,
    requestStream: method.requestStream === true,
    response: method.resolvedResponseType?.fullName.slice(1) ?? method.responseType,
    responseStream: method.responseStream === true,
  };
}

function describeField(field: protobuf.Field): FieldDescription {
  const base = field.resolvedType?.fullName.slice(1) ?? field.type;
  const type =
    field instanceof protobuf.MapField ? `map<${field.keyType}, ${base}>` : field.repeated ? `repeated ${base}` : base;
  return { name: field.name, number: field.id, type, oneof: field.partOf?.name ?? null, comment: field.comment ?? "" };
}
