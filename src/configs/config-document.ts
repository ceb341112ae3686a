import { configEnums } from "../cri/config-fields.ts";
import type { ContainerConfig, DeepPartial, PodSandboxConfig } from "../cri/messages.ts";
import { type ConfigKind, fieldsOf, messageOf, type NamedField, wrapped } from "./fields.ts";

/** A config as it stands in a file: plain data for JSON or YAML. */
export type ConfigFile = Readonly<Record<string, unknown>>;

/** The message of each kind of config. */
export interface Configs {
  readonly pod: DeepPartial<PodSandboxConfig>;
  readonly container: DeepPartial<ContainerConfig>;
}

/**
 * A config as a file of it would have it, to be shown or to be kept: crictl's names, enums by name, plain values for wrappers.
 * The loader makes the same message of it. What is empty is left out, where that means the same.
 */
export function configDocument<Kind extends ConfigKind>(kind: Kind, config: Configs[Kind]): ConfigFile {
  return documentOf(messageOf[kind], config);
}

function documentOf(message: string, value: object): ConfigFile {
  const entries = fieldsOf(message).flatMap((field): [string, unknown][] => {
    const said = (value as Readonly<Record<string, unknown>>)[field.json];
    return said === undefined || isEmpty(said, field) ? [] : [[field.name, valueOf(said, field)]];
  });
  return Object.fromEntries(entries);
}

/** Lists and maps have no presence in protobuf: an empty one is the same as none. */
function isEmpty(value: unknown, { many }: NamedField): boolean {
  return many !== undefined && Object.keys(value as object).length === 0;
}

function valueOf(value: unknown, field: NamedField): unknown {
  if (field.many === "map") return { ...(value as object) };
  if (field.many === "list") return (value as readonly unknown[]).map((item) => itemOf(item, field));
  return itemOf(value, field);
}

function itemOf(value: unknown, { kind, of = "" }: NamedField): unknown {
  switch (kind) {
    case "message": {
      const inner = wrapped(of);
      const plain = (value as Readonly<Record<string, unknown>>)[inner?.json ?? ""];
      return inner !== undefined && plain !== undefined ? itemOf(plain, inner) : documentOf(of, value as object);
    }
    case "enum": {
      const names = Object.entries(configEnums[of]?.values ?? {});
      return names.find(([, number]) => number === value)?.[0] ?? value;
    }
    case "bytes":
      return textOrBase64(value as Uint8Array);
    case "int64":
    case "uint64": {
      const number = Number(value);
      return Number.isSafeInteger(number) ? number : String(value);
    }
    case "string":
    case "bool":
    case "int32":
    case "uint32":
      return value;
  }
}

function textOrBase64(value: Uint8Array): unknown {
  const bytes = Buffer.from(value);
  const text = bytes.toString();
  return Buffer.from(text).equals(bytes) ? text : { base64: bytes.toString("base64") };
}
