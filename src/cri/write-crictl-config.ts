import { randomUUID } from "node:crypto";
import { chmod, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { HostError, UsageError } from "../errors.ts";
import { parseCrictlConfig, type CrictlKey } from "./crictl-config.ts";

/** A new file is everybody's to read: it holds no secret, and crictl's own 0600 hides the endpoint from other users. */
const newFileMode = 0o644;

/**
 * Sets keys in a crictl.yaml, and makes the file if there is none. Comments, order and what else is in it stay; nothing is
 * written that was not asked for. The new file takes the old one's place in one step.
 *
 * @throws {UsageError} when the file is wrong as it is: it is left alone then
 * @throws {HostError} when it cannot be written
 */
export async function writeCrictlConfig(
  path: string,
  values: ReadonlyMap<CrictlKey, string | number | boolean>,
): Promise<void> {
  const before = await readIfThere(path);
  if (before !== undefined) await parseCrictlConfig(before.text, path); // throws for what is wrong already
  const { parseDocument, isMap } = await import("yaml");
  const document = parseDocument(before?.text ?? "");
  if (document.contents !== null && !isMap(document.contents)) {
    throw new UsageError(`${path}:1: expected 'key: value' lines`);
  }
  for (const [key, value] of values) document.set(key, value);
  const temporary = `${path}.${randomUUID()}`;
  try {
    await writeFile(temporary, document.toString({ lineWidth: 0 }), { flag: "wx" });
    await chmod(temporary, before?.mode ?? newFileMode);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw new HostError(`cannot write ${path} (${errnoOf(error)})`, {
      cause: error,
      hint: "name another file with --config, or run it as a user who may write there",
    });
  }
}

async function readIfThere(path: string): Promise<{ readonly text: string; readonly mode: number } | undefined> {
  try {
    const { mode } = await stat(path);
    return { text: await readFile(path, "utf8"), mode: mode & 0o777 };
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "ENOENT") return undefined;
    throw new HostError(`cannot read ${path} (${errno})`, { cause: error });
  }
}

function errnoOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
