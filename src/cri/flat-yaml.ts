/** What a line of a flat file says. */
export interface FlatEntry {
  readonly key: string;
  readonly value: string | number | boolean | undefined;
  /** Counted from 1. */
  readonly line: number;
}

const entryLine = /^(?<key>[a-zA-Z][\w-]*):(?:[ \t]+(?<value>[^ \t#].*?))?[ \t]*(?:(?<=[ \t])#.*)?$/u;
/** Plain words that YAML takes for text alone. Words such as `null`, `yes` or `1e3` are not among them. */
const plainText = /^[\w./][\w./:@=+-]*$/u;
const special = /^(?:null|true|false|yes|no|on|off|y|n|\.inf|\.nan|[-+.]?\d.*|0.*)$/iu;

/**
 * Reads the simplest YAML there is, one `key: value` a line: what every crictl.yaml is in practice. YAML's own library takes
 * longer to load than a command takes to run.
 *
 * @returns undefined for anything that it would not read just as YAML does
 */
export function readFlatYaml(text: string): readonly FlatEntry[] | undefined {
  const entries: FlatEntry[] = [];
  for (const [at, content] of text.split(/\r?\n/u).entries()) {
    if (/^[ \t]*(?:#.*)?$/u.test(content)) continue;
    const groups = entryLine.exec(content)?.groups;
    const key = groups?.["key"];
    if (key === undefined || special.test(key) || entries.some((entry) => entry.key === key)) return undefined;
    const value = groups?.["value"] === undefined ? { is: undefined } : scalar(groups["value"]);
    if (value === undefined) return undefined;
    entries.push({ key, value: value.is, line: at + 1 });
  }
  return entries;
}

/** In a wrapper, because a scalar may be nothing at all. */
function scalar(text: string): { readonly is: FlatEntry["value"] } | undefined {
  if (text === "true" || text === "false") return { is: text === "true" };
  if (/^(?:0|[1-9]\d{0,8})$/u.test(text)) return { is: Number(text) };
  const quoted = /^"(?<double>[^"\\]*)"$|^'(?<single>[^']*)'$/u.exec(text)?.groups;
  if (quoted !== undefined) return { is: quoted["double"] ?? quoted["single"] ?? "" };
  return plainText.test(text) && !special.test(text) && !text.endsWith(":") ? { is: text } : undefined;
}
