import type { ConfigField } from "../cri/config-fields.ts";
import type { Node, ScalarNode } from "./document/node.ts";
import { goScalar, goText } from "./go-yaml.ts";
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
type Decode = (node: ScalarNode, lenient: boolean) => unknown;

const ofKind: Readonly<Record<Exclude<ConfigField["kind"], "message" | "enum" | "bytes">, Decode>> = {
  string: textFrom,
  bool: booleanFrom,
  int32: (node, lenient) => integerOfKind(node, "int32", { lenient, convert: Number }),
  uint32: (node, lenient) => integerOfKind(node, "uint32", { lenient, convert: Number }),
  int64: (node, lenient) => integerOfKind(node, "int64", { lenient, convert: BigInt }),
  uint64: (node, lenient) => integerOfKind(node, "uint64", { lenient, convert: BigInt }),
};

/** Reads a value as its field wants it; 64-bit numbers become bigint, bytes the text's. Gives a {@link Misfit} where it cannot. */
export function decodeScalar(kind: keyof typeof ofKind, node: Node, lenient: boolean): unknown {
  if (node.kind === "scalar") return ofKind[kind](node, lenient);
  const expected = { string: "a text", bool: "true or false" }[kind as string] ?? "a whole number";
  return new Misfit(`takes ${expected}, not a ${node.kind}`);
}

/** Whether nothing is said: `null` in JSON, and in YAML also `~` and a name with nothing behind it. */
export function isNull(node: Node): boolean {
  if (node.kind !== "scalar" || node.style === "text") return false;
  return node.source === "null" || (node.style === "plain" && ["", "~", "Null", "NULL"].includes(node.source));
}

/**
 * A text. Without quotes in YAML, a number or `true` is one too where its field wants one, as in crictl; but only what comes
 * out of crictl as the text that went in.
 */
export function textFrom({ style, source }: Pick<ScalarNode, "style" | "source">, lenient: boolean): unknown {
  if (style === "text") return source;
  if (style === "literal") return new Misfit(`takes a text, not ${source}`, `write "${source}"`);
  const text = goText(source);
  if (text === source || lenient) return text;
  return new Misfit(
    `takes a text, and some read ${shown({ style, source })} as ${text}`,
    `write "${shown({ style, source })}"`,
  );
}

function booleanFrom({ style, source }: ScalarNode): unknown {
  const value = style === "text" ? undefined : goScalar(source);
  if (typeof value === "boolean" && (style === "plain" || source === String(value))) return value;
  return new Misfit(`takes true or false, not ${shown({ style, source })}`);
}

const integer = /^[-+]?(?<whole>\d+)(?:\.(?<fraction>\d+))?(?:e(?<exponent>[-+]?\d{1,3}))?$/iu;

/** Also `1e3` and `5.0`, and a text of digits: protobuf's JSON has 64-bit numbers as texts. */
function integerOfKind(
  { style, source }: ScalarNode,
  kind: IntegerKind,
  { lenient, convert }: { readonly lenient: boolean; readonly convert: (value: bigint) => number | bigint },
): unknown {
  const [least, most] = integerRanges[kind];
  const asInGo = lenient && style === "plain" ? goScalar(source) : undefined;
  const value = typeof asInGo === "bigint" ? asInGo : style === "text" ? digitsOf(source) : integerOf(source, style);
  if (value === undefined) {
    const isOctal = style === "plain" && /^[-+]?0\d+$/u.test(source);
    const hint = isOctal ? "some read a leading 0 as octal, others do not: write it without" : undefined;
    return new Misfit(`takes a whole number, not ${shown({ style, source })}`, hint);
  }
  if (value < least || value > most) return new Misfit(`takes ${least} to ${most}, not ${shown({ style, source })}`);
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
