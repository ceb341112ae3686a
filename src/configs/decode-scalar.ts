import type { ConfigField } from "../cri/config-fields.ts";
import type { Node, ScalarNode } from "./document/node.ts";
import { type IntegerKind, integerRanges } from "./integer-range.ts";

/** Why a value does not fit, and what to write. */
export class Misfit {
  readonly what: string;
  readonly hint: string | undefined;

  constructor(what: string, hint?: string) {
    this.what = what;
    this.hint = hint;
  }
}

/** How a value of a kind is read. */
type Decode = (node: ScalarNode) => unknown;

const ofKind: Readonly<Record<Exclude<ConfigField["kind"], "message" | "enum" | "bytes">, Decode>> = {
  string: textFrom,
  bool: booleanFrom,
  int32: (node) => integerOfKind(node, "int32", Number),
  uint32: (node) => integerOfKind(node, "uint32", Number),
  int64: (node) => integerOfKind(node, "int64", BigInt),
  uint64: (node) => integerOfKind(node, "uint64", BigInt),
};

/** Reads a value as its field wants it; 64-bit numbers become bigint, bytes the text's. Gives a {@link Misfit} where it cannot. */
export function decodeScalar(kind: keyof typeof ofKind, node: Node): unknown {
  if (node.kind === "scalar") return ofKind[kind](node);
  const expected = { string: "a text", bool: "true or false" }[kind as string] ?? "a whole number";
  return new Misfit(`takes ${expected}, not a ${node.kind}`);
}

/** Whether nothing is said: `null` in JSON, and in YAML also `~` and a name with nothing behind it. */
export function isNull(node: Node): boolean {
  if (node.kind !== "scalar" || node.style === "text") return false;
  return node.source === "null" || (node.style === "plain" && ["", "~", "Null", "NULL"].includes(node.source));
}

/** What YAML 1.1, which crictl reads, takes for true and false. */
const booleans: Readonly<Record<string, boolean>> = Object.fromEntries([
  ...["y", "yes", "true", "on"].flatMap((word) => variants(word).map((variant) => [variant, true] as const)),
  ...["n", "no", "false", "off"].flatMap((word) => variants(word).map((variant) => [variant, false] as const)),
]);

function variants(word: string): readonly string[] {
  return [word, word.charAt(0).toUpperCase() + word.slice(1), word.toUpperCase()];
}

/** Numbers that every YAML reads, and writes in the same way again. */
const plainNumber = /^(?:-?[1-9]\d{0,17}|0|-?(?:0|[1-9]\d{0,8})\.\d{0,5}[1-9])$/u;
/** All that some YAML takes for a number. */
const anyNumber =
  /^[-+]?(?:0x[0-9a-f_]+|0o?[0-7_]+|0b[01_]+|\.inf|\d[\d_]*\.?[\d_]*(?:e[-+]?\d+)?|\.\d[\d_]*(?:e[-+]?\d+)?)$|^\.nan$/iu;

/**
 * A text. Without quotes in YAML, a number or `true` is one too where its field wants one, as in crictl; but not what comes
 * out of crictl as another text than it went in.
 */
function textFrom({ style, source }: ScalarNode): unknown {
  if (style === "text") return source;
  if (style === "literal") return new Misfit(`takes a text, not ${source}`, `write "${source}"`);
  if (source === "true" || source === "false" || plainNumber.test(source)) return source;
  if (Object.hasOwn(booleans, source) || anyNumber.test(source)) {
    return new Misfit(`takes a text, and some read ${source} as ${meaningOf(source)}`, `write "${source}"`);
  }
  return source;
}

function meaningOf(source: string): string {
  return Object.hasOwn(booleans, source) ? String(booleans[source]) : "another number";
}

function booleanFrom({ style, source }: ScalarNode): unknown {
  const isWord = style === "literal" ? source === "true" || source === "false" : style === "plain";
  if (isWord && Object.hasOwn(booleans, source)) return booleans[source];
  return new Misfit(`takes true or false, not ${shown({ style, source })}`);
}

const integer = /^[-+]?(?<whole>\d+)(?:\.(?<fraction>\d+))?(?:e(?<exponent>[-+]?\d{1,3}))?$/iu;

/** Also `1e3` and `5.0`, and a text of digits: protobuf's JSON has 64-bit numbers as texts. */
function integerOfKind(
  { style, source }: ScalarNode,
  kind: IntegerKind,
  convert: (value: bigint) => number | bigint,
): unknown {
  const [least, most] = integerRanges[kind];
  const value = style === "text" ? digitsOf(source) : integerOf(source, style);
  if (value === undefined) {
    const isOctal = style === "plain" && /^[-+]?0\d+$/u.test(source);
    const hint = isOctal ? "some read a leading 0 as octal, others do not: write it without" : undefined;
    return new Misfit(`takes a whole number, not ${shown({ style, source })}`, hint);
  }
  if (value < least || value > most) return new Misfit(`takes ${least} to ${most}, not ${source}`);
  return convert(value);
}

function digitsOf(text: string): bigint | undefined {
  return /^(?:0|-?[1-9]\d{0,19})$/u.test(text) ? BigInt(text) : undefined;
}

function integerOf(source: string, style: ScalarNode["style"]): bigint | undefined {
  if (style === "plain" && /^0x[0-9a-f]{1,16}$/iu.test(source)) return BigInt(source);
  const groups = integer.exec(source)?.groups;
  if (groups === undefined) return undefined;
  const { whole = "", fraction = "", exponent = "0" } = groups;
  if (style === "plain" && /^0\d/u.test(whole)) return undefined;
  const digits = whole + fraction;
  const shift = Number(exponent) - fraction.length;
  const zeros = /0*$/u.exec(digits)?.[0].length ?? 0;
  if (digits.length > 400 || (-shift > zeros && !/^0+$/u.test(digits))) return undefined;
  const size = shift >= 0 ? BigInt(digits) * 10n ** BigInt(shift) : BigInt(digits) / 10n ** BigInt(-shift);
  return source.startsWith("-") ? -size : size;
}

/** A value as it can be shown in a sentence. */
export function shown({ style, source }: Pick<ScalarNode, "style" | "source">): string {
  const short = source.length > 40 ? `${source.slice(0, 40)}…` : source;
  return style === "text" ? JSON.stringify(short) : short;
}
