import { HostError } from "../errors.ts";
import { run, type Finished } from "../linux/run.ts";
import type { Credentials } from "./user-password.ts";

/** How a helper is asked. */
export interface HelperOptions {
  /** The file that names the helper: failures say it. */
  readonly file: string;
  readonly helperTimeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Milliseconds: a helper may open a window and ask somebody. */
const patienceMs = 60_000;

/** What a helper answers for a registry that it does not know. @see docker-credential-helpers, credentials.go */
const notFound = "credentials not found in native keychain";

/** The user name that says that the secret is an identity token. */
const tokenUser = "<token>";

/**
 * Asks a credential helper, the program `docker-credential-NAME`, for a registry's credentials.
 *
 * @param server what the registry is called in the helper's store
 * @returns nothing when it has none
 * @throws {HostError} when it is missing, fails, takes too long, or does not answer in its protocol
 * @throws {CancelledError} when `signal` aborts
 * @see docker-credential-helpers: `get` reads the server on stdin and writes JSON
 */
export async function askHelper(
  name: string,
  server: string,
  { file, helperTimeoutMs = patienceMs, signal }: HelperOptions,
): Promise<Credentials | undefined> {
  const hint = `${file} says that it has the credentials for ${server}`;
  const program = `docker-credential-${name}`;
  if (!/^[\w.-]+$/u.test(name)) throw new HostError(`'${program}' cannot be a credential helper`, { hint });
  let end: Finished;
  try {
    end = await run(program, ["get"], { input: `${server}\n`, timeoutMs: helperTimeoutMs, signal });
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    throw new HostError(`no credentials from the helper: ${error.message}`, { cause: error.cause, hint });
  }
  if (end.exitCode === 0) return answerOf(end.stdout, program, hint);
  const said = end.stdout.trim();
  if (said === notFound) return undefined;
  // A helper says what is wrong on its standard output. What looks like an answer might hold a secret.
  const why = said === "" || said.includes("{") ? "" : `: ${said.split("\n")[0] ?? ""}`;
  throw new HostError(`${program} failed (exit code ${end.exitCode})${why}`, { hint });
}

function answerOf(text: string, program: string, hint: string): Credentials | undefined {
  const { Username: username, Secret: secret } = parsed(text) ?? {};
  if (typeof username !== "string" || typeof secret !== "string") {
    throw new HostError(`${program} did not answer with the JSON of a credential helper`, { hint });
  }
  if (username === "" && secret === "") return undefined;
  return username === tokenUser ? { identityToken: secret } : { username, password: secret };
}

/** Without the parser's own message: it quotes what was read. */
function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
