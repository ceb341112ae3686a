import { readFileSync } from "node:fs";
import { parse } from "yaml";

/**
 * A command line, and what has to come of it. Texts and JSON hold placeholders; see `placeholders.ts`. What is not said is
 * empty: no text on either stream, and exit status 0.
 */
export interface Invocation {
  /** For bash, which finds `crictl` and `crikit` in its PATH. `{name}` is the id that was saved under the name. */
  readonly run: string;
  /** What it shows: a row that needs a reason. */
  readonly why?: string;
  /** Standard output as text. */
  readonly out?: string;
  /** Standard output as a table of Go's tabwriter: a list of cells a line, 20 columns wide at least, 3 between. */
  readonly table?: readonly (readonly string[])[];
  /** Standard output as JSON. A map with the key `...` may have more keys than it says. */
  readonly json?: unknown;
  /** Standard output as YAML. */
  readonly yaml?: unknown;
  /** Standard error. */
  readonly err?: string;
  readonly code?: number;
  /** Keeps the text of standard output under this name. */
  readonly save?: string;
  /** Versions of containerd that it is true of, as the beginnings of their names; all of them when absent. */
  readonly on?: readonly string[];
}

/** The rows of a table of invocations. */
export function invocationsIn(path: string): readonly Invocation[] {
  return parse(readFileSync(path, "utf8")) as readonly Invocation[];
}
