/** A part of a template. `at` is the offset in its text that a failure points to. */
export type Node =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "pipe"; readonly pipe: Pipe }
  | Branch
  | { readonly kind: "break" | "continue" }
  | { readonly kind: "template"; readonly name: string; readonly pipe: Pipe | undefined; readonly at: number };

/** `if`, `with` and `range`. */
export interface Branch {
  readonly kind: "if" | "with" | "range";
  readonly pipe: Pipe;
  readonly body: readonly Node[];
  readonly otherwise: readonly Node[];
}

/** Commands joined by `|`, and the variables that are given what comes of them. */
export interface Pipe {
  readonly at: number;
  readonly variables: readonly string[];
  /** `=` where absent variables are no new ones, against `:=`. */
  readonly assigns: boolean;
  readonly commands: readonly Command[];
}

/** An operand and its arguments. */
export type Command = readonly [Operand, ...Operand[]];

/** A field that is asked of a value. */
export interface Step {
  readonly name: string;
  readonly at: number;
}

/** A value, and the fields asked of it. */
export interface Operand {
  readonly at: number;
  readonly base:
    | { readonly kind: "dot" | "nil" }
    | { readonly kind: "literal"; readonly value: string | boolean | number | bigint }
    | { readonly kind: "variable" | "function"; readonly name: string }
    | { readonly kind: "pipe"; readonly pipe: Pipe };
  readonly path: readonly Step[];
}

/** A template that has been understood, and those that it defines by name. */
export interface Template {
  readonly text: string;
  readonly body: readonly Node[];
  readonly defined: ReadonlyMap<string, readonly Node[]>;
}
