import { toJson } from "./json.ts";

/** The JSON document of `data`, in YAML. The library is loaded at the first use: it takes longer than a short command. */
export async function toYaml(data: unknown): Promise<string> {
  const { Document, visit } = await import("yaml");
  const document = new Document(JSON.parse(toJson(data)) as unknown, { aliasDuplicateObjects: false });
  visit(document, {
    Scalar(_, scalar) {
      // The library leaves these as they are, and a terminal obeys them: only between quotes can they be escaped.
      if (typeof scalar.value === "string" && obeyed.test(scalar.value)) scalar.type = "QUOTE_DOUBLE";
    },
  });
  return escapeObeyed(document.toString({ lineWidth: 0 })).trimEnd();
}

/** DEL and C1. YAML and JSON escape C0 by themselves. */
const obeyed = /[\u007F-\u009F]/u;

function escapeObeyed(text: string): string {
  return text.replace(/[\u007F-\u009F]/gu, (character) => `\\x${character.charCodeAt(0).toString(16)}`);
}
