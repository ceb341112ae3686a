import type { ConfigKind } from "../configs/fields.ts";
import type { JsonSchema } from "../configs/json-schema.ts";
import type { Outcome } from "./outcome.ts";

/** The JSON schema of a config, printed to the digit. Also for crictl's `runp jsonschema` and its like. */
export async function schemaOutcome(kind: ConfigKind): Promise<Outcome<JsonSchema>> {
  const { configSchema, schemaText } = await import("../configs/json-schema.ts");
  return { data: configSchema(kind), view: schemaText };
}
