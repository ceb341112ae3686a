import { UsageError } from "../errors.ts";

/** Renders a template in Go's language over `data`. */
export function renderTemplate(text: string, _data: unknown): string {
  throw new UsageError(`templates are not supported yet: ${text}`);
}
