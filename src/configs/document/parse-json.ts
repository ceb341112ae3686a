import { deepest, type Entry, type Node, refusalAt, type Source } from "./node.ts";

/**
 * Reads JSON, keeping every value's place and every digit of a number, which `JSON.parse` does not.
 *
 * @param firstOnly leaves out what comes after the first value, as crictl does
 * @throws {UsageError} with line and column, where the text is not JSON
 * @see RFC 8259
 */
export function parseJson(source: Source, firstOnly: boolean): Node {
  const reader = new Reader(source);
  const node = reader.value(0);
  if (!firstOnly) reader.end();
  return node;
}

const blanks = /[ \t\n\r]*/uy;
const literals = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.+-])/uy;
class Reader {
  readonly #source: Source;
  #at = 0;

  constructor(source: Source) {
    this.#source = source;
  }

  value(depth: number): Node {
    this.#skip();
    const at = this.#at;
    if (depth > deepest) throw this.#refusal(`more than ${deepest} levels deep`);
    if (this.#take("{")) return { kind: "map", at, entries: this.#list("}", () => this.#entry(depth)) };
    if (this.#take("[")) return { kind: "list", at, items: this.#list("]", () => this.value(depth + 1)) };
    const literal = this.#match(literals);
    if (literal !== undefined) return { kind: "scalar", at, style: "literal", source: literal };
    return { kind: "scalar", at, style: "text", source: this.#string("a value") };
  }

  end(): void {
    this.#skip();
    if (this.#at < this.#source.text.length) throw this.#refusal("the file goes on after its end");
  }

  #list<Item>(close: string, item: () => Item): Item[] {
    const items: Item[] = [];
    this.#skip();
    if (this.#take(close)) return items;
    do items.push(item());
    while (this.#takes(","));
    if (!this.#take(close)) throw this.#refusal(`expected ',' or '${close}'`);
    return items;
  }

  #entry(depth: number): Entry {
    this.#skip();
    const at = this.#at;
    const key = this.#string("a name in double quotes");
    if (!this.#takes(":")) throw this.#refusal("expected ':'");
    return { key, style: "text", at, value: this.value(depth + 1) };
  }

  #string(expected: string): string {
    const { text } = this.#source;
    if (text[this.#at] !== '"') throw this.#refusal(`expected ${expected}`);
    let end = this.#at + 1;
    while (end < text.length && text[end] !== '"') end += text[end] === "\\" ? 2 : 1;
    try {
      const string = JSON.parse(text.slice(this.#at, end + 1)) as string;
      this.#at = end + 1;
      return string;
    } catch {
      const why =
        end < text.length ? "it holds a line break, a control character or a wrong escape" : "its end is missing";
      throw refusalAt(this.#source, this.#at, `not valid JSON: this text is none: ${why}`);
    }
  }

  #takes(character: string): boolean {
    this.#skip();
    return this.#take(character);
  }

  #take(character: string): boolean {
    const there = this.#source.text[this.#at] === character;
    if (there) this.#at += 1;
    return there;
  }

  #skip(): void {
    this.#match(blanks);
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const text = pattern.exec(this.#source.text)?.[0];
    this.#at += text?.length ?? 0;
    return text;
  }

  #refusal(what: string): Error {
    const { text } = this.#source;
    const why = this.#at < text.length ? what : `the file ends too early: ${what}`;
    return refusalAt(this.#source, this.#at, `not valid JSON: ${why}`);
  }
}
