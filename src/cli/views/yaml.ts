import { toJson } from "./json.ts";

/** The JSON document of `data`, in YAML. The library is loaded at the first use: it takes longer than a short command. */
export async function toYaml(data: unknown): Promise<string> {
  const { stringify } = await import("yaml");
  return stringify(JSON.parse(toJson(data)), { lineWidth: 0, aliasDuplicateObjects: false }).trimEnd();
}
