import { createReadStream } from "node:fs";
import { UsageError } from "../errors.ts";

/** The bytes of standard input, if it can be read. */
export type Input = () => AsyncIterable<Uint8Array>;

/** Far more than any config has: it keeps `/dev/zero` and the like from filling the memory, and YAML from taking minutes. */
const mostBytes = 1024 * 1024;

/**
 * The text of a file that the user named, or of standard input where the name is `-`.
 *
 * @throws {UsageError} when it is missing, a folder, forbidden, too large, or not UTF-8
 */
export async function readText(path: string, stdin?: Input): Promise<string> {
  const fromStdin = path === "-" && stdin !== undefined;
  const where = nameOf(path, stdin);
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  try {
    for await (const chunk of fromStdin ? stdin() : (createReadStream(path) as AsyncIterable<Uint8Array>)) {
      chunks.push(chunk);
      sizeBytes += chunk.length;
      if (sizeBytes > mostBytes) throw new UsageError(`${where} is larger than 1 MiB, which no config is`);
    }
  } catch (error) {
    throw error instanceof UsageError ? error : unreadable(error, where);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks));
  } catch (error) {
    throw new UsageError(`${where} is not text in UTF-8`, { cause: error });
  }
}

/** How a file is called in errors. */
export function nameOf(path: string, stdin?: Input): string {
  return path === "-" && stdin !== undefined ? "standard input" : path;
}

const reasons: Readonly<Record<string, readonly [what: string, hint?: string]>> = {
  ENOENT: ["there is no such file"],
  ENOTDIR: ["a part of the path is not a folder"],
  EISDIR: ["it is a folder", "name a file in it"],
  EACCES: ["permission denied", "make it readable for this user"],
  ELOOP: ["its symbolic links go round in a circle"],
};

function unreadable(error: unknown, where: string): UsageError {
  const errno = error instanceof Error && "code" in error ? String(error.code) : String(error);
  const [what, hint] = reasons[errno] ?? [errno];
  return new UsageError(`cannot read ${where}: ${what}`, { cause: error, hint });
}
