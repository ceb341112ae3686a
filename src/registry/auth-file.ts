import { readFile } from "node:fs/promises";
import { UsageError } from "../errors.ts";
import { fromBase64, type Credentials } from "./user-password.ts";

/** A file with credentials, or with the names of the programs that have them. */
export interface AuthFile {
  readonly path: string;
  /** What stands there for each registry, unread: {@link credentialsOf} reads one. */
  readonly auths: Readonly<Record<string, unknown>>;
  /** Helper by registry: `osxkeychain` means the program `docker-credential-osxkeychain`. */
  readonly credHelpers: Readonly<Record<string, string>>;
  /** The helper for every registry. */
  readonly credsStore: string | undefined;
}

/**
 * Reads a file of credentials.
 *
 * @returns nothing when there is no such file and there need be none
 * @throws {UsageError} that names the file and the key when it cannot be read or makes no sense; never what stands there
 * @see Docker's config.json: auths, credHelpers, credsStore; containers-auth.json(5)
 */
export async function readAuthFile(
  path: string,
  { mustExist }: { readonly mustExist: boolean },
): Promise<AuthFile | undefined> {
  const written = await read(path, mustExist);
  if (written === undefined) return undefined;
  const { auths, credHelpers, credsStore } = record(parse(written, path), path);
  return {
    path,
    auths: record(auths ?? {}, path, "auths"),
    credHelpers: helpersIn(record(credHelpers ?? {}, path, "credHelpers"), path),
    credsStore: text(credsStore, path, "credsStore"),
  };
}

async function read(path: string, mustExist: boolean): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (!mustExist && (code === "ENOENT" || code === "ENOTDIR")) return undefined;
    const why = code === "ENOENT" ? "there is no such file" : String(code);
    throw new UsageError(`cannot read the credentials in ${path}: ${why}`, { cause: error });
  }
}

/** Node's own message, which would be the cause, quotes what stands around the fault: secrets perhaps. */
function parse(written: string, path: string): unknown {
  try {
    return JSON.parse(written) as unknown;
  } catch {
    throw wrong(path, undefined, "is not JSON");
  }
}

function helpersIn(helpers: Readonly<Record<string, unknown>>, path: string): Readonly<Record<string, string>> {
  const named = Object.entries(helpers).flatMap(([registry, helper]) => {
    const name = text(helper, path, `credHelpers.${registry}`);
    return name === undefined ? [] : [[registry, name]];
  });
  return Object.fromEntries(named);
}

/**
 * The credentials in one entry of `auths`. It may say nothing, as Docker writes it for a registry that a helper knows.
 *
 * @throws {UsageError} that names the file and the key
 */
export function credentialsOf(
  { key: registry, value }: { readonly key: string; readonly value: unknown },
  path: string,
): Credentials | undefined {
  const key = `auths.${registry}`;
  const { auth, username, password, identitytoken, registrytoken } = record(value, path, key);
  const pair = text(auth, path, `${key}.auth`);
  const decoded = pair === undefined ? undefined : fromBase64(pair);
  if (pair !== undefined && decoded === undefined) throw wrong(path, `${key}.auth`, "is not USER:PASSWORD in base64");
  const identityToken = text(identitytoken, path, `${key}.identitytoken`);
  const registryToken = text(registrytoken, path, `${key}.registrytoken`);
  // A token alone: with a user name beside it runtimes would try that one, and its password is empty.
  if (identityToken !== undefined) return { identityToken };
  if (registryToken !== undefined) return { registryToken };
  if (decoded !== undefined) return decoded;
  const name = text(username, path, `${key}.username`);
  return name === undefined ? undefined : { username: name, password: text(password, path, `${key}.password`) ?? "" };
}

function text(value: unknown, path: string, key: string): string | undefined {
  if (value === undefined || value === null || value === "") return undefined;
  if (typeof value === "string") return value;
  throw wrong(path, key, "is not a text");
}

function record(value: unknown, path: string, key?: string): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw wrong(path, key, "is not a JSON object");
}

function wrong(path: string, key: string | undefined, what: string): UsageError {
  return new UsageError(`the credentials in ${path}: ${key === undefined ? "it" : key} ${what}`);
}
