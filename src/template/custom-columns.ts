import { parsePath, type Path } from "./path.ts";
import { faultAt } from "./fault.ts";
import { printed } from "./print.ts";
import { asJson } from "./values.ts";

/** A column that somebody asked for: its head, and what it shows of an item. */
export interface CustomColumn {
  readonly head: string;
  /** As text, not escaped yet. Values are joined by commas; `<none>` where there is none. */
  readonly cell: (item: unknown) => string;
}

const what = "custom-columns";

/**
 * Reads what follows `-o custom-columns=`: `NAME:.metadata.name,IMAGE:.image.image`, as kubectl takes it. A path is made
 * of `.key`, `['key.with.dots']`, `[0]`, `[-1]` and `[*]`; `\.` is a dot inside a key; the first dot may be missing, and
 * braces around it all are fine.
 *
 * @throws {UsageError} with the column of what cannot be read
 */
export function parseCustomColumns(spec: string): readonly CustomColumn[] {
  return split(spec).map(({ text, at }) => {
    const colon = text.indexOf(":");
    if (colon < 1 || text.slice(0, colon).trim() === "") {
      const message = text.trim() === "" ? "a column is missing" : `'${text}' is not a column: write NAME:.path`;
      throw faultAt(what, spec, { at, message, hint: "such as custom-columns=NAME:.metadata.name,STATE:.state" });
    }
    const path = parsePath(text.slice(colon + 1), {
      fail: (offset, message) => {
        throw faultAt(what, spec, { at: at + colon + 1 + offset, message });
      },
    });
    return { head: text.slice(0, colon).trim(), cell: (item) => cellOf(path(item), spec) };
  });
}

function cellOf(values: ReturnType<Path>, spec: string): string {
  const fail = (message: string): never => {
    throw faultAt(what, spec, { at: 0, message });
  };
  return values.length === 0 ? "<none>" : values.map((value) => textOf(asJson(value), fail)).join(",");
}

function textOf(value: unknown, fail: (message: string) => never): string {
  return value === null ? "<none>" : printed(value, fail);
}

/** The parts between commas, but for those inside brackets. */
function split(spec: string): readonly { readonly text: string; readonly at: number }[] {
  const parts: { text: string; at: number }[] = [];
  let start = 0;
  for (const { 0: mark, index } of spec.matchAll(/\[(?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|[^'"\]])*\]|,/gu)) {
    if (mark !== ",") continue;
    parts.push({ text: spec.slice(start, index), at: start });
    start = index + 1;
  }
  return [...parts, { text: spec.slice(start), at: start }];
}
