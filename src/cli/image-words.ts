import type { ImageQuery } from "../images/list-images.ts";
import { UsageError } from "../errors.ts";
import { nearest } from "../near.ts";
import { pattern } from "./words.ts";

/** What the words of `-f` ask for; it may be repeated. */
export type ImageFilters = Omit<ImageQuery, "word">;

const names = ["dangling", "reference", "before", "since"] as const;

/** crictl takes several with commas between; a comma may as well be a part of a regular expression. */
const nextFilter = new RegExp(`,(?=(?:${names.join("|")})=)`, "u");

/**
 * Reads what one `-f` says, `NAME=VALUE` or several with commas between, and adds it to those before.
 *
 * @throws {UsageError} when there is no such filter, or its value makes no sense
 */
export function imageFilter(text: string, previous: ImageFilters = {}): ImageFilters {
  return text.split(nextFilter).reduce(addFilter, previous);
}

function addFilter(previous: ImageFilters, text: string): ImageFilters {
  const at = text.indexOf("=");
  const [name, value] = at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
  const known = names.find((each) => each === name);
  if (known === undefined) {
    const near = nearest(name, names);
    throw new UsageError(`there is no filter '${name}'${near === undefined ? "" : ` (did you mean '${near}'?)`}`, {
      hint: "the filters are dangling=true|false, reference=REGEX, before=IMAGE, since=IMAGE",
    });
  }
  if (value === "") throw new UsageError(`the filter '${known}' needs a value: ${known}=…`);
  switch (known) {
    case "dangling":
      if (value !== "true" && value !== "false") throw new UsageError(`dangling is true or false, not '${value}'`);
      return { ...previous, dangling: value === "true" };
    case "reference":
      return { ...previous, references: [...(previous.references ?? []), pattern(value)] };
    case "before":
      return { ...previous, before: value };
    case "since":
      return { ...previous, since: value };
  }
}
