import { nearest } from "../near.ts";
import { faultAt, type Fail } from "./fault.ts";
import { functionNamed } from "./functions.ts";
import type { Branch, Command, Node, Operand, Pipe, Step, Template } from "./nodes.ts";
import { printed } from "./print.ts";
import { asJson, isDict, isTrue, keysOf, kindOf, valueOf } from "./values.ts";

/** What a template may cost, so that none hangs or fills the memory. A list of 10,000 containers needs a hundredth. */
const limits = { steps: 10_000_000, characters: 64 * 1024 * 1024, depth: 600 } as const;

/** How a list of nodes ended. */
type End = "done" | "break" | "continue";

/** A variable. The innermost of a name is the last. */
interface Variable {
  readonly name: string;
  value: unknown;
}

/** Writes a template over `data`. @throws {UsageError} with the place where the data does not have what is asked */
export function evaluate(template: Template, data: unknown): string {
  return new Evaluation(template).text(asJson(data));
}

class Evaluation {
  readonly #template: Template;
  readonly #written: string[] = [];
  #variables: Variable[] = [];
  #steps = 0;
  #characters = 0;
  #depth = 0;

  constructor(template: Template) {
    this.#template = template;
  }

  text(data: unknown): string {
    this.#variables.push({ name: "$", value: data });
    this.#list(this.#template.body, data);
    return this.#written.join("");
  }

  #list(nodes: readonly Node[], dot: unknown): End {
    const known = this.#variables.length;
    let end: End = "done";
    for (const node of nodes) {
      end = this.#node(node, dot);
      if (end !== "done") break;
    }
    this.#variables.length = known;
    return end;
  }

  #node(node: Node, dot: unknown): End {
    switch (node.kind) {
      case "text":
        this.#write(node.text, 0);
        return "done";
      case "pipe": {
        const value = this.#pipe(node.pipe, dot);
        if (node.pipe.variables.length > 0) return "done";
        const fail = this.#failAt(node.pipe.at);
        this.#write(value === null ? "<no value>" : printed(value, fail), node.pipe.at);
        return "done";
      }
      case "template":
        this.#call(node.name, node.pipe === undefined ? null : this.#pipe(node.pipe, dot), node.at);
        return "done";
      case "range":
        return this.#scoped(node.pipe.at, () => this.#range(node, dot));
      case "if":
      case "with":
        return this.#scoped(node.pipe.at, () => {
          const value = this.#pipe(node.pipe, dot);
          const inner = node.kind === "with" ? value : dot;
          return isTrue(value) ? this.#list(node.body, inner) : this.#list(node.otherwise, dot);
        });
      case "break":
      case "continue":
        return node.kind;
    }
  }

  #range({ pipe, body, otherwise }: Branch, dot: unknown): End {
    const value = this.#pipe(pipe, dot, { assigns: false });
    const entries = this.#entries(value, pipe.at);
    let isEmpty = true;
    for (const [key, element] of entries) {
      isEmpty = false;
      this.#step(pipe.at);
      const known = this.#variables.length;
      const [first, second] = pipe.variables;
      if (second !== undefined) this.#assign(second, element, pipe.assigns);
      if (first !== undefined) this.#assign(first, second === undefined ? element : key, pipe.assigns);
      const end = this.#list(body, element);
      this.#variables.length = known;
      if (end === "break") return "done";
    }
    return isEmpty ? this.#list(otherwise, dot) : "done";
  }

  #entries(value: unknown, at: number): Iterable<readonly [unknown, unknown]> {
    if (value === null) return [];
    if (Array.isArray(value)) return value.map((element: unknown, key) => [BigInt(key), asJson(element)] as const);
    if (isDict(value)) return keysOf(value).map((key) => [key, asJson(valueOf(value, key))] as const);
    return this.#failAt(at)(`range goes over a list or a map, not ${kindOf(value)}`);
  }

  #call(name: string, dot: unknown, at: number): void {
    const body = this.#template.defined.get(name) ?? [];
    const outer = this.#variables;
    this.#variables = [{ name: "$", value: dot }];
    this.#scoped(at, () => this.#list(body, dot));
    this.#variables = outer;
  }

  #pipe(pipe: Pipe, dot: unknown, { assigns = true } = {}): unknown {
    return this.#scoped(
      pipe.at,
      () => {
        let value: unknown;
        let isPiped = false;
        for (const command of pipe.commands) {
          value = this.#command(command, dot, isPiped ? [value] : []);
          isPiped = true;
        }
        if (assigns) for (const name of pipe.variables) this.#assign(name, value, pipe.assigns);
        return value;
      },
      true,
    );
  }

  #command([first, ...rest]: Command, dot: unknown, piped: readonly unknown[]): unknown {
    if (first.base.kind !== "function") return this.#operand(first, dot);
    const { name } = first.base;
    const value = this.#function(first, rest, dot, piped);
    if (typeof value === "string") this.#count(value.length, first.at);
    return this.#fields(value, first.path, name);
  }

  #function({ at, base }: Operand, rest: readonly Operand[], dot: unknown, piped: readonly unknown[]): unknown {
    const name = base.kind === "function" ? base.name : "";
    const found = functionNamed(name);
    const fail = this.#failAt(at);
    if (found === undefined) return fail(`'${name}' is not a function`);
    const count = rest.length + piped.length;
    if (count < found.least || count > found.most) {
      const wanted = count > found.most ? found.most : found.least;
      const bound = found.least === found.most ? "" : count > found.most ? "at most " : "at least ";
      return fail(`${name} takes ${bound}${wanted} argument${wanted === 1 ? "" : "s"}, not ${count}`);
    }
    const args: unknown[] = [];
    for (const operand of rest) {
      const value = this.#operand(operand, dot);
      if ((name === "and" && !isTrue(value)) || (name === "or" && isTrue(value))) return value;
      args.push(value);
    }
    return asJson(found.run([...args, ...piped], (message, hint) => fail(`${name}: ${message}`, hint)));
  }

  #operand(operand: Operand, dot: unknown): unknown {
    const { base, path, at } = operand;
    this.#step(at);
    switch (base.kind) {
      case "dot":
        return this.#fields(dot, path, ".");
      case "nil":
        return null;
      case "literal":
        return base.value;
      case "variable":
        return this.#fields(this.#variable(base.name)?.value, path, base.name);
      case "function":
        return this.#command([operand], dot, []);
      case "pipe":
        return this.#fields(this.#pipe(base.pipe, dot), path, "(...)");
    }
  }

  #fields(value: unknown, path: readonly Step[], start: string): unknown {
    let at = value;
    let asked = start === "." ? "" : start;
    for (const step of path) {
      at = this.#field(at, step, asked);
      asked += `.${step.name}`;
    }
    return at;
  }

  #field(value: unknown, { name, at }: Step, owner: string): unknown {
    const fail = this.#failAt(at);
    const whose = owner === "" ? "" : ` '${owner}' is ${kindOf(value)},`;
    if (!isDict(value)) {
      const hint = Array.isArray(value) ? "use {{range}} for all of a list, {{index LIST 0}} for one" : undefined;
      return fail(`there is no field '${name}':${whose || ` this is ${kindOf(value)},`} not a map`, hint);
    }
    const found = valueOf(value, name);
    if (found !== undefined) return asJson(found);
    const keys = keysOf(value);
    const near = nearest(name, keys);
    const where = owner === "" ? "" : ` in '${owner}'`;
    const hint = keys.length > 0 ? `there are: ${keys.slice(0, 20).join(", ")}` : "the map is empty";
    return fail(`there is no key '${name}'${where}${near === undefined ? "" : ` (did you mean '${near}'?)`}`, hint);
  }

  #variable(name: string): Variable | undefined {
    return this.#variables.findLast((variable) => variable.name === name);
  }

  #assign(name: string, value: unknown, isKnown: boolean): void {
    const variable = isKnown ? this.#variable(name) : undefined;
    if (variable === undefined) this.#variables.push({ name, value });
    else variable.value = value;
  }

  /** Runs `body` one level deeper. Variables of its own are gone afterwards, but for those of a pipeline. */
  #scoped<Result>(at: number, body: () => Result, keepsVariables = false): Result {
    this.#step(at);
    if (++this.#depth > limits.depth)
      this.#failAt(at)(`templates and blocks are nested more than ${limits.depth} deep`);
    const known = this.#variables.length;
    const result = body();
    if (!keepsVariables) this.#variables.length = known;
    this.#depth--;
    return result;
  }

  #step(at: number): void {
    if (++this.#steps > limits.steps) this.#failAt(at)(`the template takes more than ${limits.steps} steps`);
  }

  #count(characters: number, at: number): void {
    this.#characters += characters;
    if (this.#characters > limits.characters) {
      this.#failAt(at)(`the template makes more than ${limits.characters} characters`);
    }
  }

  #write(text: string, at: number): void {
    this.#count(text.length, at);
    this.#written.push(text);
  }

  #failAt(at: number): Fail {
    return (message, hint) => {
      throw faultAt("template", this.#template.text, { at, message, hint });
    };
  }
}
