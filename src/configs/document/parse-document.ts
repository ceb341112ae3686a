import { UsageError } from "../../errors.ts";
import type { ConfigDocument, Source } from "./node.ts";
import { parseJson } from "./parse-json.ts";

/**
 * Reads a config's text. What begins with a brace and a quote is JSON, as for crictl; everything else is YAML, whose library is
 * loaded only for it.
 *
 * @throws {UsageError} when it is not, or empty
 */
export async function parseDocument(
  source: Source,
  { lenient = false }: { readonly lenient?: boolean },
): Promise<ConfigDocument> {
  if (/^\s*\{\s*["}]/u.test(source.text)) return { root: parseJson(source, lenient), source };
  const { parseYaml } = await import("./parse-yaml.ts");
  const root = parseYaml(source, lenient);
  if (root !== undefined) return { root, source };
  throw new UsageError(`${source.name} is empty`, { hint: "'crikit init' prints one to start from" });
}
