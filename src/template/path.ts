import { isDict, keysOf, valueOf } from "./values.ts";

/** What lies at a path of an item: nothing, one value, or several where the path has a star. */
export type Path = (item: unknown) => readonly unknown[];

/** One step of a path: from one value to those that come of it. */
type Step = (value: unknown) => readonly unknown[];

/** Told of what cannot be read: where in the text, and why. */
interface PathReader {
  readonly fail: (at: number, message: string) => never;
}

const forms = {
  /** A key after a dot, whose own dots and brackets are escaped. */
  key: /\.?((?:\\.|[^.[\]\\{}()*?@\s])+)/uy,
  star: /\.\*|\[\*\]/uy,
  position: /\[(-?\d+)\]/uy,
  quoted: /\['((?:\\.|[^'\\])*)'\]|\["((?:\\.|[^"\\])*)"\]/uy,
} as const;

/** Reads a path such as `.status.conditions[*].type` or `.labels['io.kubernetes.pod.name']`: kubectl's, of simple steps. */
export function parsePath(text: string, { fail }: PathReader): Path {
  const braces = /^\s*\{(.*)\}\s*$/su.exec(text);
  const path = braces?.[1] ?? text;
  const offset = braces === null ? 0 : text.indexOf("{") + 1;
  if (path.trim() === "") fail(offset, "a path is missing: write .metadata.name");
  const steps: Step[] = [];
  let at = path.length - path.trimStart().length;
  const end = path.trimEnd().length;
  if (path.slice(at, end) === ".") return (item) => [item];
  while (at < end) {
    const found = stepAt(path, at, steps.length === 0);
    if (found === undefined)
      return fail(offset + at, `'${path.slice(at)}' is no path: there are .key, ['key'], [0] and [*]`);
    steps.push(found.step);
    at = found.end;
  }
  return (item) => {
    let values: readonly unknown[] = [item];
    for (const step of steps) values = values.flatMap(step);
    return values;
  };
}

function stepAt(path: string, at: number, isFirst: boolean): { readonly step: Step; readonly end: number } | undefined {
  const match = (form: RegExp): RegExpExecArray | null => {
    form.lastIndex = at;
    return form.exec(path);
  };
  const star = match(forms.star);
  if (star !== null) return { step: everything, end: at + star[0].length };
  const position = match(forms.position);
  if (position !== null) return { step: element(Number(position[1])), end: at + position[0].length };
  const quoted = match(forms.quoted);
  if (quoted !== null) return { step: key(unescaped(quoted[1] ?? quoted[2] ?? "")), end: at + quoted[0].length };
  const plain = match(forms.key);
  if (plain === null || (!isFirst && !plain[0].startsWith("."))) return undefined;
  return { step: key(unescaped(plain[1] ?? "")), end: at + plain[0].length };
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/gsu, "$1");
}

function key(name: string): Step {
  return (value) => {
    const found = isDict(value) ? valueOf(value, name) : undefined;
    return found === undefined ? [] : [found];
  };
}

function element(position: number): Step {
  return (value) => (Array.isArray(value) ? value.slice(position, position === -1 ? undefined : position + 1) : []);
}

function everything(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return isDict(value) ? keysOf(value).map((name) => valueOf(value, name)) : [];
}
