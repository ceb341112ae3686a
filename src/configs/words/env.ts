import type { DeepPartial, KeyValue } from "../../cri/messages.ts";
import { UsageError } from "../../errors.ts";

/** The environment that a word without a value takes its value from. */
export type Env = Readonly<Record<string, string | undefined>>;

/** A file of `K=V` lines, as it was read. */
export interface EnvFile {
  /** How it is named in errors. */
  readonly path: string;
  readonly text: string;
}

/**
 * The environment of a container. `K=V` says a value, `K` takes it from `env`. A later word wins over an earlier one of the
 * same name, and any word over a file.
 *
 * @throws {UsageError} that says what to write; it never shows a value
 */
export function envFromWords(
  words: readonly string[] = [],
  files: readonly EnvFile[] = [],
  env: Env = {},
): DeepPartial<KeyValue>[] {
  const values = new Map<string, string>();
  const set = (word: string, where: string): void => {
    const [name, value] = entryFrom(word, where, env);
    values.delete(name); // its place is that of the word that counts
    values.set(name, value);
  };
  for (const { path, text } of files) {
    for (const [at, line] of text.split(/\r?\n/u).entries()) {
      if (line.trim() !== "" && !line.trimStart().startsWith("#")) set(line.trimStart(), `${path}:${at + 1}: `);
    }
  }
  for (const word of words) set(word, "--env: ");
  return [...values].map(([key, value]) => ({ key, value: Buffer.from(value) }));
}

function entryFrom(word: string, where: string, env: Env): [name: string, value: string] {
  const at = word.indexOf("=");
  const name = at < 0 ? word.trimEnd() : word.slice(0, at);
  if (name === "" || /[\s\0]/u.test(name)) {
    throw new UsageError(`${where}a variable has no name, or one with a space in it: write NAME=VALUE`);
  }
  const value = at < 0 ? env[name] : word.slice(at + 1);
  if (value === undefined) {
    throw new UsageError(`${where}${name} is not set here, so it has no value to hand on: write ${name}=VALUE`);
  }
  if (value.includes("\0")) throw new UsageError(`${where}the value of ${name} holds a NUL, which no variable can`);
  return [name, value];
}
