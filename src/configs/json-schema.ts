import { configEnums } from "../cri/config-fields.ts";
import {
  type ConfigKind,
  configMessage,
  enumValues,
  fieldsOf,
  messageOf,
  type NamedField,
  spellings,
  wrapped,
} from "./fields.ts";
import { decimalPattern, type IntegerKind, integerRanges } from "./integer-range.ts";
import { requiredNames } from "./required-names.ts";

/** A JSON schema, or a part of one. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * The JSON schema of what a config's file may say: it takes what the strict loader takes, in both spellings, and nothing else.
 * `null` means the same as leaving a field out.
 *
 * @see https://json-schema.org/draft/2020-12
 */
export function configSchema(kind: ConfigKind): JsonSchema {
  const message = messageOf[kind];
  const definitions = new Map<string, JsonSchema>();
  define(message, definitions);
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: `CRI v1 ${message}`,
    description: `A ${kind}'s config for crikit, in crictl's spelling or in protobuf's JSON.`,
    // What inspect prints has the config inside; whatever else stands there is not looked at.
    if: { type: "object", required: ["status", "info"] },
    // oxlint-disable-next-line unicorn/no-thenable
    then: below("info", below("config", named(kind))),
    else: named(kind),
    $defs: Object.fromEntries(definitions),
  };
}

/** The config with the names that it must have. */
function named(kind: ConfigKind): JsonSchema {
  const names = requiredNames[kind];
  const owners = [...new Set(names.map(([owner]) => owner))];
  const properties = owners.map((owner) => {
    const fields = names.filter(([of]) => of === owner).map(([, field]) => field);
    const notEmpty = Object.fromEntries(fields.map((field) => [field, { type: "string", minLength: 1 }]));
    return [owner, { type: "object", required: fields, properties: notEmpty }] as const;
  });
  return { $ref: ref(messageOf[kind]), type: "object", required: owners, properties: Object.fromEntries(properties) };
}

function below(field: string, schema: JsonSchema): JsonSchema {
  return { type: "object", required: [field], properties: { [field]: schema } };
}

function ref(name: string): string {
  return `#/$defs/${name}`;
}

/** Adds a message, and what it is made of, once. */
function define(message: string, definitions: Map<string, JsonSchema>): void {
  if (definitions.has(message)) return;
  definitions.set(message, {}); // keeps its place, and ends the recursion
  const fields = fieldsOf(message);
  const schema = {
    type: ["object", "null"],
    properties: Object.fromEntries(
      fields.flatMap((field) => {
        const described = {
          description: field.about,
          ...(field.deprecated && { deprecated: true }),
          ...valueOf(field, definitions),
        };
        return spellings(field).map((name) => [name, described]);
      }),
    ),
    additionalProperties: false,
    ...oneSpellingOnly(fields),
  };
  const inner = wrapped(message);
  const { about } = configMessage(message);
  const plain = inner === undefined ? schema : { anyOf: [schema, itemOf(inner, definitions)] };
  definitions.set(message, { description: about, ...plain });
}

function oneSpellingOnly(fields: readonly NamedField[]): JsonSchema {
  const twice = fields.map(spellings).filter(([, other]) => other !== undefined);
  if (twice.length === 0) return {};
  return {
    dependentSchemas: Object.fromEntries(
      twice.map(([name, other]) => [name, { properties: { [other ?? ""]: false } }]),
    ),
  };
}

function valueOf(field: NamedField, definitions: Map<string, JsonSchema>): JsonSchema {
  if (field.many === "map") return { type: ["object", "null"], additionalProperties: { type: "string" } };
  if (field.many === "list") return { type: ["array", "null"], items: itemOf(field, definitions) };
  return orNull(itemOf(field, definitions));
}

/** A value that is there. */
function itemOf({ kind, of = "" }: NamedField, definitions: Map<string, JsonSchema>): JsonSchema {
  switch (kind) {
    case "message":
      define(of, definitions);
      return wrapped(of) === undefined ? { $ref: ref(of), type: "object" } : { $ref: ref(of) };
    case "enum": {
      const values = enumValues(of);
      const { about = "" } = configEnums[of] ?? {};
      definitions.set(of, { description: about, enum: [...values.keys(), ...new Set(values.values())] });
      return { $ref: ref(of) };
    }
    case "string":
      return { type: "string" };
    case "bytes":
      return {
        type: ["string", "object"],
        properties: { base64: { type: "string", pattern: base64 } },
        required: ["base64"],
        additionalProperties: false,
      };
    case "bool":
      return { type: "boolean" };
    case "int32":
    case "uint32":
    case "int64":
    case "uint64":
      definitions.set(kind, integer(kind));
      return { $ref: ref(kind) };
  }
}

/** Doubles cannot hold the largest 64-bit numbers: `most` is then the next one above, which a text of the schema corrects. */
function integer(kind: IntegerKind): JsonSchema {
  const [least, most] = integerRanges[kind];
  return { type: ["integer", "string"], minimum: Number(least), maximum: Number(most), pattern: decimalPattern(kind) };
}

function orNull(schema: JsonSchema): JsonSchema {
  if ("$ref" in schema)
    return schema["type"] === "object"
      ? { ...schema, type: ["object", "null"] }
      : { anyOf: [schema, { type: "null" }] };
  return { ...schema, type: [schema["type"], "null"].flat() };
}

/** With its padding, and no bit that belongs to no byte. */
const base64 = "^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$";

/** A schema as text, with the limits of 64-bit numbers to the digit. */
export function schemaText(schema: JsonSchema): string {
  return JSON.stringify(schema, null, 2)
    .replaceAll(`"maximum": ${2 ** 63}`, `"maximum": ${2n ** 63n - 1n}`)
    .replaceAll(`"maximum": ${2 ** 64}`, `"maximum": ${2n ** 64n - 1n}`)
    .replaceAll(`"minimum": ${-(2 ** 63)}`, `"minimum": ${-(2n ** 63n)}`);
}
