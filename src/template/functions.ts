import { html, js, title, urlQuery } from "./escape.ts";
import type { Fail } from "./fault.ts";
import { json, printed } from "./print.ts";
import { sprintf } from "./printf.ts";
import { asJson, compareTexts, isDict, isNumeric, isTrue, keysOf, kindOf, valueOf, type Numeric } from "./values.ts";

/** A function of templates: how many arguments it takes, and what it makes of them. */
export interface TemplateFunction {
  readonly least: number;
  readonly most: number;
  readonly run: (args: readonly unknown[], fail: Fail) => unknown;
}

/** The function of that name. `and` and `or` stop at the first argument that decides, so whoever evaluates looks for it. */
export function functionNamed(name: string): TemplateFunction | undefined {
  return functions.get(name);
}

const any = Infinity;
const compared = (holds: (order: number) => boolean): TemplateFunction => ({
  least: 2,
  most: 2,
  run: ([a, b], fail) => holds(orderOf(a, b, fail)),
});
const ofText = (change: (text: string) => string): TemplateFunction => ({
  least: 1,
  most: 1,
  run: ([text], fail) => change(textOf(text, fail)),
});
const escaping = (change: (text: string) => string): TemplateFunction => ({
  least: 0,
  most: any,
  run: (args, fail) => change(spaced(args, fail)),
});

/** Go's own functions, and those that crictl adds. @see https://pkg.go.dev/text/template#hdr-Functions */
const functions: ReadonlyMap<string, TemplateFunction> = new Map<string, TemplateFunction>([
  ["and", { least: 1, most: any, run: (args) => args.at(-1) }],
  ["or", { least: 1, most: any, run: (args) => args.at(-1) }],
  ["not", { least: 1, most: 1, run: ([arg]) => !isTrue(arg) }],
  ["eq", { least: 2, most: any, run: ([a, ...rest], fail) => rest.some((b) => areEqual(a, b, fail)) }],
  ["ne", { least: 2, most: 2, run: ([a, b], fail) => !areEqual(a, b, fail) }],
  ["lt", compared((order) => order < 0)],
  ["le", compared((order) => order <= 0)],
  ["gt", compared((order) => order > 0)],
  ["ge", compared((order) => order >= 0)],
  ["len", { least: 1, most: 1, run: ([value], fail) => BigInt(lengthOf(value, fail)) }],
  [
    "index",
    { least: 1, most: any, run: ([value, ...keys], fail) => keys.reduce((at, key) => item(at, key, fail), value) },
  ],
  ["slice", { least: 1, most: 4, run: ([value, ...bounds], fail) => slice(value, bounds, fail) }],
  ["print", { least: 0, most: any, run: spaced }],
  ["println", { least: 0, most: any, run: (args, fail) => `${args.map((arg) => printed(arg, fail)).join(" ")}\n` }],
  ["printf", { least: 1, most: any, run: ([format, ...args], fail) => sprintf(textOf(format, fail), args, fail) }],
  ["html", escaping(html)],
  ["js", escaping(js)],
  ["urlquery", escaping(urlQuery)],
  ["json", { least: 1, most: 1, run: ([value], fail) => json(value, fail) }],
  ["title", ofText(title)],
  ["lower", ofText((text) => text.replace(/./gsu, (letter) => single(letter.toLowerCase(), letter)))],
  ["upper", ofText((text) => text.replace(/./gsu, (letter) => single(letter.toUpperCase(), letter)))],
]);

/** What a template may call. */
export const functionNames: readonly string[] = [...functions.keys()];

/** Go changes letter by letter: what would become several letters stays. */
function single(changed: string, letter: string): string {
  return changed.length === letter.length ? changed : letter;
}

/** Values one after the other, with a space between two that are no texts: Go's fmt.Sprint. */
function spaced(args: readonly unknown[], fail: Fail): string {
  // A number of JSON is a text there: crictl decodes it so.
  const isText = (arg: unknown): boolean => typeof arg === "string" || typeof arg === "number";
  return args
    .map((arg, at) => (at > 0 && !isText(arg) && !isText(args[at - 1]) ? " " : "") + printed(arg, fail))
    .join("");
}

function textOf(value: unknown, fail: Fail): string {
  if (typeof value === "string") return value;
  return typeof value === "number" ? printed(value, fail) : fail(`a text is needed, not ${kindOf(value)}`);
}

function areEqual(a: unknown, b: unknown, fail: Fail): boolean {
  if (a === null || b === null) return a === b;
  if (isNumeric(a) && isNumeric(b)) return a == b;
  // crictl has the numbers of JSON as texts, so templates compare them with "5".
  if (typeof a === "number" && typeof b === "string") return String(a) === b;
  if (typeof a === "string" && typeof b === "number") return a === String(b);
  if (typeof a === typeof b && typeof a !== "object") return a === b;
  return fail(`${kindOf(a)} and ${kindOf(b)} cannot be compared`);
}

function orderOf(a: unknown, b: unknown, fail: Fail): number {
  if (isNumeric(a) && isNumeric(b)) return a < b ? -1 : a > b ? 1 : 0;
  if (typeof a === "string" && typeof b === "string") return compareTexts(a, b);
  return fail(`${kindOf(a)} and ${kindOf(b)} have no order`);
}

function lengthOf(value: unknown, fail: Fail): number {
  if (Array.isArray(value)) return value.length;
  if (isDict(value)) return keysOf(value).length;
  return typeof value === "string" ? Buffer.byteLength(value) : fail(`${kindOf(value)} has no length`);
}

function item(value: unknown, key: unknown, fail: Fail): unknown {
  if (isDict(value)) {
    if (typeof key !== "string") return fail(`the key of a map is a text, not ${kindOf(key)}`);
    return asJson(valueOf(value, key));
  }
  if (Array.isArray(value)) return asJson(value[position(key, value.length - 1, fail)]);
  if (typeof value === "string") {
    const bytes = Buffer.from(value);
    return BigInt(bytes[position(key, bytes.length - 1, fail)] ?? 0);
  }
  return fail(`${kindOf(value)} has nothing to index`);
}

function slice(value: unknown, bounds: readonly unknown[], fail: Fail): unknown {
  const isText = typeof value === "string";
  if (!isText && !Array.isArray(value)) return fail(`${kindOf(value)} cannot be sliced`);
  if (isText && bounds.length > 2) return fail("a text is sliced by two bounds");
  const bytes = isText ? Buffer.from(value) : undefined;
  const length = bytes?.length ?? (value as readonly unknown[]).length;
  const [from = 0, to = length, most = length] = bounds.map((bound) => position(bound, length, fail));
  if (from > to || to > most) return fail(`${from} to ${to} is not a slice`);
  return bytes === undefined ? (value as readonly unknown[]).slice(from, to) : bytes.subarray(from, to).toString();
}

function position(key: unknown, most: number, fail: Fail): number {
  const at = isWhole(key) ? Number(key) : fail(`a position is a whole number, not ${kindOf(key)}`);
  return at >= 0 && at <= most
    ? at
    : fail(`there is no position ${at}: ${most < 0 ? "it is empty" : `0 to ${most} are there`}`);
}

function isWhole(value: unknown): value is Numeric {
  return typeof value === "bigint" || Number.isInteger(value);
}
