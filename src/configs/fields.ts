import { configEnums, type ConfigField, type ConfigMessage, configMessages } from "../cri/config-fields.ts";

/** A field, by the name that the proto has for it. */
export interface NamedField extends ConfigField {
  readonly name: string;
}

/** The two configs that a file can hold. */
export type ConfigKind = "pod" | "container";

/** The message of each kind of config. */
export const messageOf = { pod: "PodSandboxConfig", container: "ContainerConfig" } as const satisfies Record<
  ConfigKind,
  string
>;

/** A message of the config by its name. */
export function configMessage(name: string | undefined): ConfigMessage {
  return configMessages[name ?? ""] ?? { about: "", fields: {} };
}

/** The fields of a message in the order of the proto. */
export function fieldsOf(message: string | undefined): readonly NamedField[] {
  return Object.entries(configMessage(message).fields).map(([name, field]) => ({ name, ...field }));
}

/** The ways to write a field's name: crictl's, and protobuf's JSON name where it is another. */
export function spellings({ name, json }: NamedField): readonly [string, ...string[]] {
  return name === json ? [name] : [name, json];
}

/** The field that holds the number or text of a message that is only a wrapper for one, such as `Int64Value`. */
export function wrapped(message: string | undefined): NamedField | undefined {
  const [field, ...more] = fieldsOf(message);
  return field?.name === "value" && more.length === 0 ? field : undefined;
}

/** The names of an enum with their numbers: as the proto has them, and without the prefix that they all share with their type. */
export function enumValues(name: string | undefined): ReadonlyMap<string, number> {
  const values = Object.entries(configEnums[name ?? ""]?.values ?? {});
  const prefix = `${(name ?? "").toUpperCase()}_`;
  const short = values
    .filter(([word]) => word.startsWith(prefix))
    .map(([word, number]) => [word.slice(prefix.length), number] as const);
  return new Map([...values, ...short]);
}
