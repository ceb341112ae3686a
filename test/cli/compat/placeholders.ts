import { expect } from "vitest";

/** Ids by the names that they were given. */
export type Saved = ReadonlyMap<string, string>;

const forms: Readonly<Record<string, string>> = {
  id: "[0-9a-f]{64}",
  id13: "[0-9a-f]{13}",
  sha: "sha256:[0-9a-f]{64}",
  age: "(?:Less than a second|1 second|\\d+ seconds|About a minute|\\d+ minutes|About an hour|\\d+ hours) ago",
  size: "\\d+(?:\\.\\d+)?(?:B|kB|MB|GB)",
  ns: "\\d{19}",
  digits: "\\d+",
  decimal: "\\d+(?:\\.\\d+)?",
  time: "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)?(?:Z|[+-]\\d\\d:\\d\\d)",
  uuid: "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
  ip: "\\d+\\.\\d+\\.\\d+\\.\\d+|[0-9a-f:]+",
  text: "[^\\n]+",
  any: "[\\s\\S]*",
};

/** A pattern for a text with placeholders: `<age>`, `<id:app>` for a saved id, `<id13:app>` for the start of it. */
export function patternOf(text: string, saved: Saved): RegExp {
  const parts = text.split(/(<[a-z0-9]+(?::[\w/-]+)?>)/u).map((part, at) => {
    const [, form = "", name] = (at % 2 === 1 ? /^<([a-z0-9]+)(?::(.*))?>$/u.exec(part) : null) ?? [];
    if (name !== undefined) return escaped(idOf(form, name, saved));
    const pattern = forms[form];
    return pattern === undefined ? escaped(part) : `(?:${pattern})`;
  });
  return new RegExp(`^${parts.join("")}$`, "u");
}

function idOf(form: string, name: string, saved: Saved): string {
  const id = saved.get(name);
  if (id === undefined) throw new Error(`nothing was saved as '${name}'`);
  return form === "id13" ? id.replace(/^sha256:/u, "").slice(0, 13) : id;
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/gu, String.raw`\$&`);
}

/** JSON with placeholders in its texts, as what vitest compares with; `<number>` and `<boolean>` are any of these. */
export function expected(value: unknown, saved: Saved): unknown {
  if (typeof value === "string") {
    if (value === "<number>") return expect.any(Number);
    if (value === "<boolean>") return expect.any(Boolean);
    if (value === "<list>") return expect.any(Array);
    return value.includes("<") ? expect.stringMatching(patternOf(value, saved)) : value;
  }
  if (Array.isArray(value)) return value.map((item) => expected(item, saved));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([key]) => key !== "...");
  const object = Object.fromEntries(entries.map(([key, inner]) => [key, expected(inner, saved)]));
  return "..." in value ? expect.objectContaining(object) : object;
}
