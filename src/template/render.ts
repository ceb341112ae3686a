import { evaluate } from "./evaluate.ts";
import { parseTemplate } from "./parse.ts";

/**
 * Writes a template of Go's text/template over decoded JSON, with the functions that crictl has: its own `json`, `title`,
 * `lower` and `upper`, and Go's but for `call`. A key that is not there is a failure, and only what the data has of its
 * own is seen. Numbers keep every digit that `data` has.
 *
 * @throws {UsageError} with line and column, for a template that is none, data that lacks a key, or work without end
 * @see https://pkg.go.dev/text/template
 */
export function renderTemplate(text: string, data: unknown): string {
  return evaluate(parseTemplate(text), data);
}
