import { goQuote } from "./escape.ts";
import type { Fail } from "./fault.ts";
import { leaf, printed, printedBy } from "./print.ts";
import { isDict, isNumeric, type Numeric } from "./values.ts";

/** Columns that a verb may ask for: Go's own limit. */
const maxWidth = 1_000_000;

/** One verb of a format: `%-5.2f`. */
interface Verb {
  readonly flags: string;
  readonly width: number | undefined;
  readonly precision: number | undefined;
  readonly letter: string;
}

/**
 * Text by a format, as Go's fmt.Sprintf makes it. What does not fit is shown in the text, as Go does: `%!d(string=x)`.
 *
 * @see https://pkg.go.dev/fmt
 */
export function sprintf(format: string, args: readonly unknown[], fail: Fail): string {
  let next = 0;
  const take = (): unknown => args[next++];
  const size = (text: string | undefined): number | undefined => {
    const wanted = text === "*" ? Number(take()) : text === undefined ? undefined : Number(text);
    if (wanted !== undefined && !(Math.abs(wanted) <= maxWidth)) fail(`${wanted} columns are too many`);
    return wanted;
  };
  const text = format.replace(
    /%([-+# 0]*)(\d+|\*)?(?:\.(\d+|\*)?)?([\s\S])?/gu,
    (whole, flags: string, widthText: string | undefined, precisionText: string | undefined, letter?: string) => {
      if (letter === "[") return fail("numbered arguments such as %[1]d are not supported");
      const width = size(widthText);
      const precision = whole.includes(".") ? (size(precisionText) ?? 0) : undefined;
      if (letter === "%") return "%";
      if (letter === undefined) return "%!(NOVERB)";
      if (next >= args.length) return `%!${letter}(MISSING)`;
      return formatted({ flags, width, precision, letter }, take(), fail);
    },
  );
  if (next >= args.length) return text;
  const extra = args.slice(next).map((arg) => (arg === null ? "<nil>" : `${typeOf(arg)}=${printed(arg, fail)}`));
  return `${text}%!(EXTRA ${extra.join(", ")})`;
}

function formatted(verb: Verb, value: unknown, fail: Fail): string {
  const { letter } = verb;
  if (letter === "T") return padded(value === null ? "<nil>" : typeOf(value), verb);
  if (letter === "v" && verb.flags.includes("#")) return fail("%#v is not supported");
  return printedBy(value, (part) => (part === null && value !== null ? "<nil>" : leafBy(verb, part, fail)), fail);
}

function leafBy(verb: Verb, value: unknown, fail: Fail): string {
  const { letter, precision, flags } = verb;
  // A number of JSON is a text to crictl, so that %s of it prints it.
  const text = typeof value === "string" ? value : typeof value === "number" ? leaf(value) : undefined;
  if (letter === "v" && typeof value !== "string" && !isNumeric(value)) return padded(leaf(value), verb);
  if (letter === "t" && typeof value === "boolean") return padded(String(value), verb);
  if (typeof value === "string" && "qxX".includes(letter) && /[+# ]/u.test(flags)) {
    return fail(`%${flags}${letter} of a text is not supported`);
  }
  if (text !== undefined && (letter === "s" || letter === "q" || (letter === "v" && typeof value === "string"))) {
    const cut = precision === undefined ? text : Array.from(text).slice(0, precision).join("");
    return padded(letter === "q" ? goQuote(cut) : cut, verb);
  }
  if (typeof value === "string" && (letter === "x" || letter === "X")) {
    const hex = Buffer.from(value).toString("hex");
    return padded(letter === "x" ? hex : hex.toUpperCase(), verb);
  }
  return (isNumeric(value) ? numberBy(verb, value) : undefined) ?? bad(verb, value);
}

function bad(verb: Verb, value: unknown): string {
  return `%!${verb.letter}(${value === null ? "<nil>" : `${typeOf(value)}=${padded(leaf(value), verb)}`})`;
}

/** A number by a verb for numbers; nothing where the verb is none, or is for whole ones and it is not. */
function numberBy(verb: Verb, value: Numeric): string | undefined {
  const { letter, precision } = verb;
  if (letter === "v") return signed(verb, numberOf(leaf(value)));
  if ("eEfFgG".includes(letter)) return signed(verb, numberOf(floatText(letter, Number(value), precision)));
  const base = { d: 10, b: 2, o: 8, O: 8, x: 16, X: 16 }[letter];
  if (typeof value === "number" && !Number.isInteger(value)) return undefined;
  const whole = BigInt(value);
  if (letter === "c") return padded(runeOf(whole), verb);
  if (letter === "q") return padded(`'${goQuote(runeOf(whole)).slice(1, -1)}'`, verb);
  if (letter === "U") return padded(`U+${whole.toString(16).toUpperCase().padStart(4, "0")}`, verb);
  if (base === undefined) return undefined;
  const digits = (whole < 0n ? -whole : whole).toString(base).padStart(precision ?? 0, "0");
  const prefix = letter === "O" ? "0o" : verb.flags.includes("#") ? { b: "0b", o: "0", x: "0x", X: "0X" }[letter] : "";
  const body = letter === "X" ? digits.toUpperCase() : digits;
  return signed(verb, { negative: whole < 0n, prefix: prefix ?? "", body, zeroFilled: precision === undefined });
}

/** A number's text in its parts, for the sign and the noughts in front. */
interface Digits {
  readonly negative: boolean;
  readonly prefix: string;
  readonly body: string;
  readonly zeroFilled: boolean;
}

function numberOf(text: string): Digits {
  const negative = text.startsWith("-");
  return { negative, prefix: "", body: text.replace(/^[+-]/u, ""), zeroFilled: true };
}

function signed(verb: Verb, { negative, prefix, body, zeroFilled }: Digits): string {
  const sign = negative ? "-" : verb.flags.includes("+") ? "+" : verb.flags.includes(" ") ? " " : "";
  const isFilled = zeroFilled && verb.flags.includes("0") && !verb.flags.includes("-");
  const room = isFilled ? (verb.width ?? 0) - sign.length - prefix.length : 0;
  return padded(sign + prefix + body.padStart(room, "0"), verb);
}

function floatText(letter: string, value: number, precision: number | undefined): string {
  const lower = letter.toLowerCase();
  const places = Math.min(precision ?? 6, 100);
  const text =
    lower === "f"
      ? value.toFixed(places)
      : lower === "e"
        ? exponent(value.toExponential(places))
        : precision === undefined
          ? shortestOf(value)
          : shortest(value, Math.max(places, 1));
  return letter === lower ? text : text.toUpperCase();
}

/** As many digits as it takes, and an exponent where Go's %g has one. */
function shortestOf(value: number): string {
  const text = value.toExponential();
  const power = Number(text.slice(text.indexOf("e") + 1));
  return power < -4 || power >= 6 ? exponent(text) : String(value);
}

function shortest(value: number, digits: number): string {
  const power = value === 0 ? 0 : Math.floor(Math.log10(Math.abs(Number(value.toPrecision(digits)))));
  const text = power < -4 || power >= digits ? value.toExponential(digits - 1) : value.toPrecision(digits);
  return exponent(text.replace(/(\.\d*?)0+(?=e|$)/u, "$1").replace(/\.(?=e|$)/u, ""));
}

function exponent(text: string): string {
  return text.replace(/e([+-])(\d)$/u, "e$10$2");
}

function runeOf(code: bigint): string {
  return code >= 0n && code <= 0x10ffffn ? String.fromCodePoint(Number(code)) : "\uFFFD";
}

function padded(text: string, { width = 0, flags }: Verb): string {
  const room = Math.abs(width) - Array.from(text).length;
  if (room <= 0) return text;
  return width < 0 || flags.includes("-") ? text + " ".repeat(room) : " ".repeat(room) + text;
}

/** What Go calls the type of a value that was JSON. */
function typeOf(value: unknown): string {
  if (Array.isArray(value)) return "[]interface {}";
  if (isDict(value)) return "map[string]interface {}";
  if (typeof value === "number") return "json.Number";
  if (typeof value === "bigint") return "int";
  return typeof value === "boolean" ? "bool" : "string";
}
