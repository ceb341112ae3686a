import { MalformedAnswerError } from "../../errors.ts";
import { ExactInteger } from "./exact-integer.ts";
import type { VerboseInfo } from "./verbose-info.ts";

/**
 * A status and the verbose info that came with it as one object, as crictl prints it: `status`, and each key of the info
 * beside it. What is JSON in the info comes as what it says, with numbers beyond 2^53 as {@link ExactInteger}; all keys in alphabetical
 * order.
 *
 * @param status in protobuf's JSON form
 */
export async function mergedStatus(
  status: unknown,
  info: VerboseInfo = {},
): Promise<Readonly<Record<string, unknown>>> {
  const { parseLossless } = await import("./lossless.ts");
  const entries = Object.entries(info).map(([key, text]) => {
    // CRI leaves the form to the runtime: a text that is not JSON, such as containerd's Go version, is a text.
    return [key, /^\s*["[{]/u.test(text) ? orText(() => parseLossless(text, key), text) : text] as const;
  });
  return sorted(Object.fromEntries([...entries, ["status", status]])) as Readonly<Record<string, unknown>>;
}

function orText(parse: () => unknown, text: string): unknown {
  try {
    return parse();
  } catch (error) {
    if (error instanceof MalformedAnswerError) return text;
    throw error;
  }
}

function sorted(value: unknown): unknown {
  if (typeof value === "bigint") return new ExactInteger(value);
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}
