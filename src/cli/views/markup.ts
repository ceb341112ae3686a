/** Text as XML and HTML show it, in an element or a quoted attribute. What XML cannot have at all is gone before: see `printable`. */
export function markup(text: string): string {
  return text.replace(/[&<>"'\uFFFE\uFFFF\uD800-\uDFFF]/gu, (character) => entities[character] ?? "\uFFFD");
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
