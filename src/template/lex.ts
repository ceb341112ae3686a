import { faultAt } from "./fault.ts";

/** What a token is; marks such as `(` and `:=` are their own kind. */
export type TokenKind =
  | ("text" | "dot" | "field" | "variable" | "word" | "string" | "number" | "open" | "close")
  | ("(" | ")" | "|" | ":=" | "=" | ",");

/** A piece of a template. */
export interface Token {
  readonly kind: TokenKind;
  /** As it stands; of a field and a variable the name, of a string what it means. */
  readonly text: string;
  /** Of a number, what it is worth. */
  readonly value?: number | bigint;
  /** Offset of its first character. */
  readonly at: number;
  /** Whether white space stands before it. */
  readonly spaced: boolean;
}

const blanks = " \t\r\n";

/** Splits a template into tokens. Comments are gone, and so is the space that trim markers take away. @throws {UsageError} */
export function lex(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let trimNext = false;
  while (at < text.length) {
    const open = text.indexOf("{{", at);
    const end = open < 0 ? text.length : open;
    const trims = open >= 0 && text[open + 2] === "-" && isBlank(text[open + 3]);
    let plain = text.slice(at, end);
    if (trimNext) plain = plain.replace(/^[ \t\r\n]+/u, "");
    if (trims) plain = trimEnd(plain);
    if (plain !== "") tokens.push({ kind: "text", text: plain, at, spaced: false });
    if (open < 0) break;
    const inside = open + (trims ? 4 : 2);
    const action = text.startsWith("/*", inside) ? comment(text, open, inside) : lexAction(text, open, inside);
    tokens.push(...action.tokens);
    ({ at, trimNext } = action);
  }
  return tokens;
}

/** The end of the white space could be looked for by `/\s+$/`, which takes the square of the time. */
function trimEnd(text: string): string {
  let end = text.length;
  while (end > 0 && isBlank(text[end - 1])) end--;
  return text.slice(0, end);
}

interface Action {
  readonly tokens: readonly Token[];
  /** Where the text after it begins. */
  readonly at: number;
  readonly trimNext: boolean;
}

function comment(text: string, open: number, inside: number): Action {
  const end = text.indexOf("*/", inside + 2);
  if (end < 0) throw faultAt("template", text, { at: open, message: "the comment has no end" });
  const close = /^(?:[ \t\r\n]+-)?\}\}/u.exec(text.slice(end + 2, end + 2 + 100));
  if (close === null) throw faultAt("template", text, { at: end, message: "a comment ends in */}} or */ -}}" });
  return { tokens: [], at: end + 2 + close[0].length, trimNext: close[0].length > 2 };
}

function lexAction(text: string, open: number, inside: number): Action {
  const tokens: Token[] = [{ kind: "open", text: "{{", at: open, spaced: false }];
  let at = inside;
  for (;;) {
    const start = at;
    while (isBlank(text[at])) at++;
    const spaced = at > start;
    const trims = spaced && text.startsWith("-}}", at);
    if (trims || text.startsWith("}}", at)) {
      tokens.push({ kind: "close", text: "}}", at, spaced });
      return { tokens, at: at + (trims ? 3 : 2), trimNext: trims };
    }
    if (at >= text.length) throw faultAt("template", text, { at: open, message: "'{{' is never closed by '}}'" });
    const token = { ...next(text, at), spaced };
    tokens.push({ ...token, at });
    at = token.end;
  }
}

/** A token without its place, and where it ends. */
type Found = Omit<Token, "at" | "spaced"> & { readonly end: number };

const numberForm =
  /[+-]?(?:0[xX][\dA-Fa-f_]+|0[bB][01_]+|0[oO][0-7_]+|(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d+)?)/uy;
const wordForm = /[\p{L}_][\p{L}\p{Nd}_]*/uy;

function next(text: string, at: number): Found {
  const character = text[at] ?? "";
  const fail = (message: string) => faultAt("template", text, { at, message });
  const marked = [":=", "(", ")", "|", "=", ","].find((mark) => text.startsWith(mark, at));
  if (marked !== undefined) return { kind: marked as TokenKind, text: marked, end: at + marked.length };
  if (character === '"' || character === "'") return quoted(text, at, character);
  if (character === "`") {
    const end = text.indexOf("`", at + 1);
    if (end < 0) throw fail("the ` has no second one");
    return { kind: "string", text: text.slice(at + 1, end), end: end + 1 };
  }
  const name = match(wordForm, text, character === "." || character === "$" ? at + 1 : at);
  if (character === "$") return ended(text, { kind: "variable", text: `$${name}`, end: at + 1 + name.length });
  if (character === "." && name !== "") return ended(text, { kind: "field", text: name, end: at + 1 + name.length });
  if (name !== "" && character !== ".") return ended(text, { kind: "word", text: name, end: at + name.length });
  const digits = match(numberForm, text, at);
  if (digits !== "") return ended(text, numberToken(digits, fail, at + digits.length));
  if (character === ".") return ended(text, { kind: "dot", text: ".", end: at + 1 });
  const shown = String.fromCodePoint(text.codePointAt(at) ?? 0);
  throw fail(`'${shown}' has no meaning here${shown === "[" ? ": write {{index LIST 0}}" : ""}`);
}

function match(form: RegExp, text: string, at: number): string {
  form.lastIndex = at;
  return form.exec(text)?.[0] ?? "";
}

/** A word, a field or a number goes on until something that ends it. */
function ended(text: string, token: Found): Found {
  const after = text[token.end];
  if (after === undefined || isBlank(after) || ".,|:=()".includes(after) || text.startsWith("}}", token.end)) {
    return token;
  }
  const hint = after === "-" ? `a name with '-' in it needs index: {{index . "NAME"}}` : undefined;
  throw faultAt("template", text, { at: token.end, message: `'${after}' cannot stand after '${token.text}'`, hint });
}

function numberToken(digits: string, fail: (message: string) => Error, end: number): Found {
  const sign = digits.startsWith("-") ? -1 : 1;
  const plain = digits.replace(/^[+-]/u, "").replaceAll("_", "");
  const isFloat = !/^0[xX]/u.test(plain) && /[.eE]/u.test(plain);
  if (isFloat) return { kind: "number", text: digits, value: sign * Number(plain), end };
  // What BigInt does not read: Go's octal numbers, which it spells 0o17, and a prefix without digits.
  const spelt = /^0\d/u.test(plain) ? `0o${plain.slice(1)}` : plain;
  if (!/^(?:\d+|0[bB][01]+|0[oO][0-7]+|0[xX][\da-fA-F]+)$/u.test(spelt)) throw fail(`'${digits}' is not a number`);
  const value = BigInt(spelt);
  return { kind: "number", text: digits, value: BigInt(sign) * value, end };
}

const escapes: Readonly<Record<string, string>> = {
  a: "\u0007",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  "'": "'",
  '"': '"',
};

/** A text between double quotes, or a character between single ones, with Go's escapes. @see Go spec, string literals */
function quoted(text: string, at: number, quote: '"' | "'"): Found {
  const fail = (place: number, message: string) => faultAt("template", text, { at: place, message });
  let meant = "";
  let place = at + 1;
  for (;;) {
    const character = text[place];
    if (character === undefined || character === "\n") throw fail(at, `the ${quote} has no second one on its line`);
    if (character === quote) break;
    if (character !== "\\") {
      meant += character;
      place++;
      continue;
    }
    const code = /^\\(?:x([\dA-Fa-f]{2})|u([\dA-Fa-f]{4})|U([\dA-Fa-f]{8})|([0-7]{3}))/u.exec(
      text.slice(place, place + 10),
    );
    const simple = escapes[text[place + 1] ?? ""];
    const value =
      code === null ? undefined : parseInt(code[1] ?? code[2] ?? code[3] ?? code[4] ?? "", code[4] ? 8 : 16);
    if (value === undefined ? simple === undefined : value > 0x10ffff) throw fail(place, "this escape has no meaning");
    meant += value === undefined ? simple : String.fromCodePoint(value);
    place += code?.[0].length ?? 2;
  }
  if (quote === '"') return { kind: "string", text: meant, end: place + 1 };
  if (Array.from(meant).length !== 1)
    throw fail(at, 'single quotes hold one character: write a text in double quotes, "text"');
  return { kind: "number", text: text.slice(at, place + 1), value: BigInt(meant.codePointAt(0) ?? 0), end: place + 1 };
}

function isBlank(character: string | undefined): boolean {
  return character !== undefined && blanks.includes(character);
}
