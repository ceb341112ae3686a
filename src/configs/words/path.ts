import { UsageError } from "../../errors.ts";

/** A path from the root. @throws {UsageError} that says what to write */
export function absolutePath(word: string): string {
  if (word.startsWith("/") && !word.includes("\0")) return word;
  throw new UsageError(`'${word}' is not an absolute path: write one that begins with /`);
}

/** A path below a folder that is said elsewhere. @throws {UsageError} that says what to write */
export function relativePath(word: string): string {
  if (word !== "" && !word.startsWith("/") && !word.split("/").includes("..")) return word;
  throw new UsageError(`'${word}' is not below the folder: write a relative path without '..'`);
}
