/** What Go's YAML takes a scalar without quotes for; `undefined` for a text. */
export type GoScalar = boolean | bigint | number | undefined;

/** YAML 1.1's words. */
const booleans: Readonly<Record<string, boolean>> = Object.fromEntries(
  [
    ["y", "n"],
    ["yes", "no"],
    ["true", "false"],
    ["on", "off"],
  ].flatMap(([yes = "", no = ""]) => [
    ...variants(yes).map((word) => [word, true] as const),
    ...variants(no).map((word) => [word, false] as const),
  ]),
);

function variants(word: string): readonly string[] {
  return [word, word.charAt(0).toUpperCase() + word.slice(1), word.toUpperCase()];
}

/**
 * Reads a scalar without quotes as crictl's YAML library does: YAML 1.1, in which `yes` is true and `010` eight, with octals
 * and exponents of 1.2 beside. Dates stay texts.
 *
 * @see sigs.k8s.io/yaml, goyaml.v2 `resolve`
 */
export function goScalar(source: string): GoScalar {
  if (Object.hasOwn(booleans, source)) return booleans[source];
  const special = /^([-+]?)\.(?:inf|Inf|INF)$|^\.(?:nan|NaN|NAN)$/u.exec(source);
  if (special !== null) return special[1] === undefined ? Number.NaN : special[1] === "-" ? -Infinity : Infinity;
  if (!/^[-+.\d]/u.test(source)) return undefined;
  const digits = source.startsWith(".") ? source : source.replaceAll("_", "");
  const integer = goInteger(digits);
  if (integer !== undefined) return integer;
  if (!/^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:e[-+]?\d+)?$/iu.test(digits)) return undefined;
  const number = Number(digits);
  return Number.isFinite(number) ? number : undefined;
}

function goInteger(digits: string): bigint | undefined {
  const groups = /^(?<sign>[-+]?)(?:0(?<octal>[0-7]+)|(?<other>0x[\da-f]+|0o[0-7]+|0b[01]+|0|[1-9]\d*))$/iu.exec(
    digits,
  )?.groups;
  if (groups === undefined || digits.length > 80) return undefined;
  const { sign, octal, other } = groups;
  const size = BigInt(octal === undefined ? (other ?? "") : `0o${octal}`);
  const value = sign === "-" ? -size : size;
  return value >= -(2n ** 63n) && value < 2n ** 64n ? value : undefined;
}

/** The text that crictl makes of a scalar without quotes where it wants a text. */
export function goText(source: string): string {
  const scalar = goScalar(source);
  if (scalar === undefined) return source;
  return typeof scalar === "number" ? floatText(scalar) : String(scalar);
}

/** As Go's `FormatFloat(value, 'g', -1, 32)`: the fewest digits that make the same 32-bit float. */
function floatText(value: number): string {
  const float = Math.fround(value);
  if (Number.isNaN(float)) return "NaN";
  if (!Number.isFinite(float)) return float > 0 ? "+Inf" : "-Inf";
  const precisions = [1, 2, 3, 4, 5, 6, 7, 8, 9];
  const precision = precisions.find((count) => Math.fround(Number(float.toPrecision(count))) === float) ?? 9;
  const [mantissa = "", exponent = "0"] = float.toExponential(precision - 1).split("e");
  const power = Number(exponent);
  if (power >= -4 && power < 6) return Object.is(float, -0) ? "-0" : String(Number(float.toPrecision(precision)));
  // Go writes an exponent with two digits at least.
  return `${mantissa}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
}
