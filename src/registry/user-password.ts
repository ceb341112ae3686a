import { UsageError } from "../errors.ts";

/** What a registry is shown. The fields are those of CRI's AuthConfig; every one but the user name is a secret. */
export interface Credentials {
  readonly username?: string;
  readonly password?: string;
  /** A refresh token, which the runtime swaps for an access token. */
  readonly identityToken?: string;
  /** A bearer token, sent as it is. */
  readonly registryToken?: string;
}

/** Reads `USER[:PASSWORD]`; the password may hold further colons. @throws {UsageError} that does not repeat the text */
export function fromPair(text: string): Credentials {
  const at = text.indexOf(":");
  const [username, password] = at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
  if (username === "") throw new UsageError("credentials without a user name: write USER:PASSWORD");
  return { username, password };
}

/**
 * Reads `USER:PASSWORD` in base64, as it stands in Docker's configuration file.
 *
 * @returns nothing when it is something else
 */
export function fromBase64(text: string): Credentials | undefined {
  const trimmed = text.trim();
  if (trimmed === "" || !/^[A-Za-z0-9+/_-]+={0,2}$/u.test(trimmed)) return undefined;
  // Docker pads with NUL: so does what old versions of it wrote.
  const decoded = Buffer.from(trimmed, "base64").toString("utf8").replace(/\0+$/u, "");
  const at = decoded.indexOf(":");
  return at < 1 ? undefined : { username: decoded.slice(0, at), password: decoded.slice(at + 1) };
}
