import { toJson } from "./json.ts";

/** The JSON document of `data`, in YAML. The library is loaded at the first use: it takes longer than a short command. */
export async function toYaml(data: unknown): Promise<string> {
  const [{ stringify }, { parseLossless }] = await Promise.all([
    import("yaml"),
    import("../../cri/verbose-info/lossless.ts"),
  ]);
  const text = stringify(parseLossless(toJson(data), "the data"), {
    lineWidth: 0,
    aliasDuplicateObjects: false,
    // In quotes what YAML 1.1 takes for something else than a text: Go and Python read it so, and crikit refuses it in configs.
    compat: "yaml-1.1",
  });
  // The library puts texts with DEL or C1 between double quotes and leaves them in there, where a terminal obeys them.
  return text
    .replace(/[\u007F-\u009F]/gu, (character) => `\\x${character.charCodeAt(0).toString(16)}`)
    .replace(/\n$/u, "");
}
