import {
  type DescriptorProto,
  type EnumDescriptorProto,
  type FieldDescriptorProto,
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
  type FileDescriptorSet,
} from "@bufbuild/protobuf/wkt";

/** What is on the wire, one line an element: `runtime.v1.Mount.readonly` → `3 bool`. Two of them are the same protocol. */
export type Wire = ReadonlyMap<string, string>;

/** A message as the facts tell it. */
interface FactMessage {
  readonly fields?: readonly {
    readonly number: number;
    readonly name: string;
    readonly type: string;
    readonly oneof?: string;
    readonly deprecated?: boolean;
    readonly redact?: boolean;
  }[];
  readonly messages?: Readonly<Record<string, FactMessage>>;
  readonly enums?: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** A package as the facts tell it. */
export interface FactPackage extends FactMessage {
  readonly services: Readonly<
    Record<
      string,
      readonly {
        readonly rpc: string;
        readonly request: string;
        readonly response: string;
        readonly client_streaming?: boolean;
        readonly server_streaming?: boolean;
      }[]
    >
  >;
}

/** The wire of the facts. Type names are made whole, because the facts write them as a .proto does: from where they stand. */
export function wireOfFacts(packages: Readonly<Record<string, FactPackage>>): Wire {
  const wire = new Map<string, string>();
  const known = new Set<string>();
  const collect = (scope: string, message: FactMessage): void => {
    for (const name of Object.keys(message.enums ?? {})) known.add(`${scope}.${name}`);
    for (const [name, inner] of Object.entries(message.messages ?? {})) {
      known.add(`${scope}.${name}`);
      collect(`${scope}.${name}`, inner);
    }
  };
  const whole = (name: string, scope: string): string => {
    for (let at = scope; at !== ""; at = at.slice(0, Math.max(0, at.lastIndexOf(".")))) {
      if (known.has(`${at}.${name}`)) return `${at}.${name}`;
    }
    return name;
  };
  const walk = (scope: string, message: FactMessage): void => {
    for (const [name, values] of Object.entries(message.enums ?? {})) {
      for (const [value, number] of Object.entries(values)) wire.set(`${scope}.${name}.${value}`, `= ${number}`);
    }
    for (const [name, inner] of Object.entries(message.messages ?? {})) {
      wire.set(`${scope}.${name}`, "message");
      walk(`${scope}.${name}`, inner);
    }
    for (const { number, name, type, oneof, deprecated, redact } of message.fields ?? []) {
      const full = type.replace(/[A-Za-z_][\w.]*/gu, (word) => (words.has(word) ? word : whole(word, scope)));
      wire.set(`${scope}.${name}`, line({ number, type: full, oneof, deprecated, redact }));
    }
  };
  for (const [name, facts] of Object.entries(packages)) collect(name, facts);
  for (const [name, facts] of Object.entries(packages)) {
    walk(name, facts);
    for (const [service, rpcs] of Object.entries(facts.services)) {
      for (const { rpc, request, response, client_streaming: many = false, server_streaming: stream = false } of rpcs) {
        wire.set(`${name}.${service}.${rpc}`, rpcLine({ request, response, many, stream }));
      }
    }
  }
  return wire;
}

/** The wire of compiled protos, of the packages for which `shipped` says so. */
export function wireOfDescriptors({ file }: FileDescriptorSet, shipped: (name: string) => boolean): Wire {
  const wire = new Map<string, string>();
  const enums = (scope: string, list: readonly EnumDescriptorProto[]): void => {
    for (const { name, value } of list) {
      for (const { name: word, number } of value) wire.set(`${scope}.${name}.${word}`, `= ${number}`);
    }
  };
  const walk = (scope: string, message: DescriptorProto): void => {
    wire.set(scope, "message");
    enums(scope, message.enumType);
    const entries = new Map<string, DescriptorProto>();
    for (const nested of message.nestedType) {
      if (nested.options?.mapEntry === true) entries.set(`${scope}.${nested.name}`, nested);
      else walk(`${scope}.${nested.name}`, nested);
    }
    for (const field of message.field) {
      wire.set(
        `${scope}.${field.name}`,
        line({
          number: field.number,
          type: typeOf(field, entries),
          oneof: hasOneof(field) ? message.oneofDecl[field.oneofIndex]?.name : undefined,
          deprecated: field.options?.deprecated,
          redact: field.options?.debugRedact,
        }),
      );
    }
  };
  for (const { package: name, messageType, enumType, service } of file.filter((one) => shipped(one.package))) {
    enums(name, enumType);
    for (const message of messageType) walk(`${name}.${message.name}`, message);
    for (const { name: title, method } of service) {
      for (const { name: rpc, inputType, outputType, clientStreaming: many, serverStreaming: stream } of method) {
        const types = { request: inputType.slice(1), response: outputType.slice(1) };
        wire.set(`${name}.${title}.${rpc}`, rpcLine({ ...types, many, stream }));
      }
    }
  }
  return wire;
}

/** Everything that one has and the other has not, or has otherwise. */
export function differences(facts: Wire, ours: Wire): readonly string[] {
  const names = new Set([...facts.keys(), ...ours.keys()]);
  return [...names]
    .filter((name) => facts.get(name) !== ours.get(name))
    .map((name) => `${name}: ${facts.get(name) ?? "not in the facts"} | ${ours.get(name) ?? "not in ours"}`);
}

const words = new Set(
  (
    "double float int32 int64 uint32 uint64 sint32 sint64 fixed32 fixed64 sfixed32 sfixed64 bool string bytes " +
    "repeated map optional"
  ).split(" "),
);

interface FieldLine {
  readonly number: number;
  readonly type: string;
  readonly oneof: string | undefined;
  readonly deprecated: boolean | undefined;
  readonly redact: boolean | undefined;
}

function line({ number, type, oneof, deprecated, redact }: FieldLine): string {
  const marks = [oneof && `oneof ${oneof}`, deprecated === true && "deprecated", redact === true && "redact"];
  return [number, type, ...marks.filter(Boolean)].join(" ");
}

function rpcLine(rpc: { request: string; response: string; many: boolean; stream: boolean }): string {
  return `rpc ${rpc.many ? "stream " : ""}${rpc.request} -> ${rpc.stream ? "stream " : ""}${rpc.response}`;
}

function hasOneof(field: FieldDescriptorProto): boolean {
  return Object.hasOwn(field, "oneofIndex");
}

function typeOf(field: FieldDescriptorProto, entries: ReadonlyMap<string, DescriptorProto>): string {
  const name = field.type === Type.MESSAGE || field.type === Type.ENUM ? field.typeName.slice(1) : scalar(field.type);
  const entry = entries.get(name);
  const [key, value] = entry?.field ?? [];
  if (key !== undefined && value !== undefined) return `map<${typeOf(key, entries)}, ${typeOf(value, entries)}>`;
  return field.label === Label.REPEATED ? `repeated ${name}` : name;
}

function scalar(type: Type): string {
  return Type[type].toLowerCase();
}
