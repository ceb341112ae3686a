import { lex, type Token } from "./lex.ts";
import type { Branch, Node, Pipe, Template } from "./nodes.ts";
import { keywords, PipeParser } from "./parse-pipe.ts";

/** Reads a template. @throws {UsageError} with line and column for what is not Go's language, or not supported of it */
export function parseTemplate(text: string): Template {
  return new Parser(text).template();
}

/** Reads blocks; what stands between two braces is read by the parser of pipelines. */
class Parser {
  readonly #text: string;
  readonly #in: PipeParser;
  readonly #defined = new Map<string, readonly Node[]>();
  readonly #called: { readonly name: string; readonly at: number }[] = [];
  #loops = 0;

  constructor(text: string) {
    this.#text = text;
    this.#in = new PipeParser(text, lex(text));
  }

  template(): Template {
    const body = this.#list();
    const stray = this.#in.current;
    if (stray !== undefined) throw this.#in.fault(stray, `there is no block that '${stray.text}' could belong to`);
    const missing = this.#called.find(({ name }) => !this.#defined.has(name));
    if (missing !== undefined) throw this.#in.fault(missing, `template '${missing.name}' is not defined`);
    return { text: this.#text, body, defined: this.#defined };
  }

  /** Nodes up to the end of the text, or up to the word `else` or `end`, which is next then. */
  #list(): readonly Node[] {
    const nodes: Node[] = [];
    const known = this.#in.variables.length;
    for (;;) {
      const token = this.#in.current;
      if (token === undefined) break;
      this.#in.skip();
      if (token.kind === "text") {
        nodes.push({ kind: "text", text: token.text });
        continue;
      }
      if (this.#in.peek("word", "else") || this.#in.peek("word", "end")) break;
      nodes.push(...this.#action(token));
    }
    this.#in.variables.length = known;
    return nodes;
  }

  #action(open: Token): readonly Node[] {
    const word = this.#in.current;
    const keyword = word?.kind === "word" ? keywords.find((one) => one === word.text) : undefined;
    if (word === undefined || keyword === undefined) {
      const pipe = this.#in.pipe("close");
      return [{ kind: "pipe", pipe }];
    }
    this.#in.skip();
    switch (keyword) {
      case "if":
      case "with":
      case "range":
        return [this.#in.nested(word, () => this.#branch(keyword, open))];
      case "break":
      case "continue":
        if (this.#loops === 0) throw this.#in.fault(word, `'${keyword}' has a meaning inside of range only`);
        this.#in.expect("close", `after ${keyword}`);
        return [{ kind: keyword }];
      case "define":
        this.#define(open, this.#in.depth > 0 ? "'define' has to stand outside of every block" : undefined);
        return [];
      case "block":
        return [this.#block(open)];
      case "template":
        return [this.#call(word)];
      case "else":
      case "end":
        throw this.#in.fault(word, `'${keyword}' has nothing to end`);
    }
  }

  #branch(kind: Branch["kind"], open: Token): Branch {
    const known = this.#in.variables.length;
    const pipe = this.#in.pipe("close", { isRange: kind === "range" });
    this.#loops += kind === "range" ? 1 : 0;
    const body = this.#list();
    this.#loops -= kind === "range" ? 1 : 0;
    let otherwise: readonly Node[] = [];
    const end = this.#ending(open, kind);
    if (end.text === "else") {
      const chained = this.#in.current;
      if (chained?.kind === "word" && (chained.text === "if" || chained.text === "with")) {
        this.#in.skip();
        const chainedKind = chained.text;
        otherwise = [this.#in.nested(chained, () => this.#branch(chainedKind, open))];
        this.#in.variables.length = known;
        return { kind, pipe, body, otherwise };
      }
      this.#in.expect("close", "after else");
      otherwise = this.#list();
      const last = this.#ending(open, kind);
      if (last.text === "else") throw this.#in.fault(last, `a second 'else' of the same ${kind}`);
    }
    this.#in.expect("close", "after end");
    this.#in.variables.length = known;
    return { kind, pipe, body, otherwise };
  }

  /** The `else` or `end` that the list before it stopped at. */
  #ending(open: Token, kind: string): Token {
    const token = this.#in.current;
    if (token === undefined) throw this.#in.fault(open, `this '${kind}' has no {{end}}`);
    this.#in.skip();
    return token;
  }

  #define(open: Token, refusal: string | undefined, then?: () => void): string {
    if (refusal !== undefined) throw this.#in.fault(open, refusal);
    const name = this.#name("define");
    if (then === undefined) this.#in.expect("close", "after the name");
    then?.();
    const [outer, loops] = [this.#in.variables, this.#loops];
    [this.#in.variables, this.#loops] = [["$"], 0];
    const body = this.#in.nested(open, () => this.#list());
    [this.#in.variables, this.#loops] = [outer, loops];
    const end = this.#ending(open, "define");
    if (end.text !== "end") throw this.#in.fault(end, "'else' has nothing to be the other case of");
    this.#in.expect("close", "after end");
    if (this.#defined.has(name)) throw this.#in.fault(open, `template '${name}' is defined twice`);
    this.#defined.set(name, body);
    return name;
  }

  #block(open: Token): Node {
    let pipe: Pipe | undefined;
    const name = this.#define(open, undefined, () => (pipe = this.#in.pipe("close")));
    return { kind: "template", name, pipe, at: open.at };
  }

  #call({ at }: Token): Node {
    const name = this.#name("template");
    this.#called.push({ name, at });
    if (!this.#in.peek("close")) return { kind: "template", name, pipe: this.#in.pipe("close"), at };
    this.#in.skip();
    return { kind: "template", name, pipe: undefined, at };
  }

  #name(of: string): string {
    return this.#in.expect("string", `a name in quotes after ${of}`).text;
  }
}
