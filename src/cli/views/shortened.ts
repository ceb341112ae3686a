/** How much of a value is shown. */
export interface Limits {
  /** Characters of one text. */
  readonly characters: number;
  /** Elements of a list, and keys of a map. */
  readonly items: number;
  /** Lists and maps in one another. */
  readonly depth: number;
}

/** A copy of JSON that somebody can read: long texts, long lists, large maps and what lies deep are cut, and say how much. */
export function shortened(value: unknown, limits: Limits, depth = 0): unknown {
  if (typeof value === "string") return shortText(value, limits.characters);
  if (typeof value !== "object" || value === null) return value;
  if (depth >= limits.depth) return Array.isArray(value) ? "[…]" : "{…}";
  const inner = (item: unknown): unknown => shortened(item, limits, depth + 1);
  if (Array.isArray(value)) {
    const shown = value.slice(0, limits.items).map(inner);
    return value.length > shown.length ? [...shown, `… ${value.length - shown.length} more`] : shown;
  }
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  const shown = entries.slice(0, limits.items).map(([key, each]) => [key, inner(each)] as const);
  const more = entries.length - shown.length;
  return Object.fromEntries(more > 0 ? [...shown, ["…", `${more} more`]] : shown);
}

function shortText(text: string, characters: number): string {
  return text.length <= characters ? text : `${text.slice(0, characters)}… (${text.length - characters} more)`;
}
