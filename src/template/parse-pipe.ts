import { nearest } from "../near.ts";
import { faultAt } from "./fault.ts";
import { functionNames } from "./functions.ts";
import type { Token, TokenKind } from "./lex.ts";
import type { Command, Operand, Pipe, Step } from "./nodes.ts";

/** The words that begin a block, belong to one, or name one. */
export const keywords = [
  ...(["if", "with", "range", "else", "end"] as const),
  ...(["break", "continue", "define", "template", "block"] as const),
] as const;

/** How deep blocks and parentheses may be nested: more is nobody's template, and would end in a full stack. */
const maxDepth = 200;

/** Reads tokens one after the other, and pipelines. */
export class PipeParser {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #next = 0;
  /** How deep in blocks and parentheses this place is. */
  depth = 0;
  /** Variables that are known at this place, the innermost last. */
  variables = ["$"];

  constructor(text: string, tokens: readonly Token[]) {
    this.#text = text;
    this.#tokens = tokens;
  }

  /** The token that is next. */
  get current(): Token | undefined {
    return this.#tokens[this.#next];
  }

  skip(): void {
    this.#next++;
  }

  /** A pipeline and the mark that ends it. */
  pipe(end: "close" | ")", { isRange = false } = {}): Pipe {
    const at = this.current?.at ?? this.#text.length;
    const { variables, assigns } = this.#declaration(isRange);
    const commands: Command[] = [];
    do commands.push(this.#command(end, commands.length > 0));
    while (this.take().kind === "|");
    if (!assigns) this.variables.push(...variables);
    return { at, variables, assigns, commands };
  }

  #declaration(isRange: boolean): Pick<Pipe, "variables" | "assigns"> {
    const start = this.#next;
    const variables: Token[] = [];
    while (this.peek("variable")) {
      variables.push(this.take());
      if (!(isRange && variables.length === 1 && this.peek(","))) break;
      this.#next++;
    }
    if (variables.length > 0 && (this.peek(":=") || this.peek("="))) {
      const assigns = this.take().kind === "=";
      if (assigns) for (const variable of variables) this.#mustBeKnown(variable);
      return { variables: variables.map(({ text }) => text), assigns };
    }
    this.#next = start;
    return { variables: [], assigns: false };
  }

  #command(end: "close" | ")", isPiped: boolean): Command {
    const operands: Operand[] = [];
    for (;;) {
      const token = this.current;
      if (token === undefined || token.kind === "|" || token.kind === end) break;
      if (token.kind === ")" || token.kind === "close") {
        throw this.fault(token, token.kind === ")" ? "this ')' closes nothing" : "a ')' is missing");
      }
      if (operands.length > 0 && !token.spaced) throw this.fault(token, `a space is missing before '${token.text}'`);
      operands.push(this.#operand());
    }
    const [first, ...args] = operands;
    const here = this.current;
    if (first === undefined) throw this.fault(here, "a value is missing");
    if (here === undefined) throw this.fault(here, "a ')' is missing");
    const { base } = first;
    if (base.kind !== "function") {
      if (base.kind === "nil" && first.path.length === 0) throw this.fault(first, "nil is not a command");
      if (isPiped || args.length > 0) {
        const [odd] = args;
        throw this.fault(odd ?? first, `'${this.#textOf(first)}' takes no arguments: only functions do`);
      }
    }
    return [first, ...args];
  }

  #operand(): Operand {
    const token = this.take();
    const { at } = token;
    const base = this.#base(token);
    const path: Step[] = token.kind === "field" ? [{ name: token.text, at }] : [];
    for (;;) {
      const step = this.current;
      if (step?.kind !== "field" || step.spaced) break;
      if (["dot", "literal", "nil"].includes(base.kind) && token.kind !== "field") {
        throw this.fault(step, `'${token.text}' has no field '${step.text}'`);
      }
      path.push({ name: step.text, at: step.at });
      this.#next++;
    }
    return { at, base, path };
  }

  #base(token: Token): Operand["base"] {
    switch (token.kind) {
      case "dot":
      case "field":
        return { kind: "dot" };
      case "variable":
        this.#mustBeKnown(token);
        return { kind: "variable", name: token.text };
      case "string":
        return { kind: "literal", value: token.text };
      case "number":
        return { kind: "literal", value: token.value ?? 0 };
      case "word":
        return this.#word(token);
      case "(":
        return this.nested(token, () => ({ kind: "pipe", pipe: this.pipe(")") }));
      default:
        throw this.fault(token, `'${token.text}' has no meaning here`);
    }
  }

  #word(token: Token): Operand["base"] {
    const { text } = token;
    if (text === "nil") return { kind: "nil" };
    if (text === "true" || text === "false") return { kind: "literal", value: text === "true" };
    if (functionNames.includes(text)) return { kind: "function", name: text };
    if (keywords.some((keyword) => keyword === text)) throw this.fault(token, `'${text}' has to stand first in {{ }}`);
    if (text === "call") throw this.fault(token, "'call' is not supported: JSON holds nothing that can be called");
    const near = nearest(text, functionNames);
    const hint = near === undefined ? `functions: ${functionNames.join(" ")}; a field is written .${text}` : undefined;
    const meant = near === undefined ? "" : ` (did you mean '${near}'?)`;
    throw this.fault(token, `'${text}' is not a function${meant}`, hint);
  }

  #mustBeKnown(token: Token): void {
    if (!this.variables.includes(token.text)) throw this.fault(token, `variable '${token.text}' is not defined`);
  }

  nested<Result>(token: Token, body: () => Result): Result {
    if (++this.depth > maxDepth) throw this.fault(token, `nested more than ${maxDepth} deep`);
    const result = body();
    this.depth--;
    return result;
  }

  peek(kind: TokenKind, text?: string): boolean {
    const token = this.current;
    return token?.kind === kind && (text === undefined || token.text === text);
  }

  take(): Token {
    const token = this.#tokens[this.#next++];
    if (token === undefined) throw this.fault(undefined, "the template ends too early");
    return token;
  }

  expect(kind: TokenKind, what: string): Token {
    const token = this.take();
    if (token.kind === kind) return token;
    throw this.fault(token, kind === "close" ? `'${token.text}' has no place ${what}` : `${what} is missing`);
  }

  #textOf({ at }: Operand): string {
    return /^[^\s|(){}]+/u.exec(this.#text.slice(at))?.[0] ?? "(...)";
  }

  fault(token: { readonly at: number } | undefined, message: string, hint?: string): Error {
    return faultAt("template", this.#text, { at: token?.at ?? this.#text.length, message, hint });
  }
}
