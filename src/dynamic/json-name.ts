import type { Field, Type } from "protobufjs";

/** How protojson spells a field: what the proto says with `json_name`, or else the name in camelCase. */
export function jsonNameOf({ name, options }: Field): string {
  const own: unknown = options?.["json_name"];
  return typeof own === "string" ? own : name.replace(/_+(.?)/gu, (_, letter: string) => letter.toUpperCase());
}

/** The field that a key of a JSON object means: in protojson's spelling or in the proto's. */
export function fieldNamed(type: Type, key: string): Field | undefined {
  return type.fieldsArray.find((field) => field.name === key || jsonNameOf(field) === key);
}
