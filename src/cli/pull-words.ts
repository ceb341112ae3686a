import type { Command, OptionValues } from "@commander-js/extra-typings";
import { UsageError } from "../errors.ts";
import type { CredentialSources } from "../registry/credentials.ts";
import type { Credentials } from "../registry/user-password.ts";
import type { Context } from "./context.ts";
import { deadline } from "./words.ts";

/** What the words about a pull say. A type, because commander's options have an index signature. */
export type PullWords = {
  readonly creds?: string | undefined;
  readonly auth?: string | undefined;
  readonly username?: string | undefined;
  readonly passwordStdin?: boolean | undefined;
  readonly authfile?: string | undefined;
  /** Milliseconds. */
  readonly pullTimeout?: number | undefined;
};

/** How a command pulls whatever it has to pull. */
export interface PullSettings {
  readonly sources: CredentialSources;
  /** Milliseconds that one pull may take; `Infinity` for no limit. */
  readonly timeoutMs: number;
}

/** Adds the flags of a pull to a command: crictl's, and the safer ones. */
export function pullWords<Args extends unknown[], Options extends OptionValues>(
  words: Command<Args, Options>,
): Command<Args, Options & PullWords> {
  return words
    .option("-u, --username <user>", "user of the registry; the password is asked for on the terminal")
    .option("--password-stdin", "read the password of --username from standard input")
    .option("--creds <user[:password]>", "user and password, for everybody to see (env: CRICTL_CREDS)")
    .option("--auth <base64>", "the same as Docker's configuration file has it (env: CRICTL_AUTH)")
    .option("--authfile <file>", "a file with credentials, before Docker's own (see containers-auth.json(5))")
    .option(
      "--pt, --pull-timeout <duration>",
      "give a pull up after 30s, 5m; 0 for never (env: CRICTL_PULL_TIMEOUT)",
      deadline,
    ) as unknown as Command<Args, Options & PullWords>;
}

/**
 * What the words and the environment say of pulling. Flags win over the environment, that over what stands on standard
 * input, that over files. Asks for a password where only a user is named.
 *
 * @throws {UsageError} when they contradict each other, or there is no terminal to ask on; no secret is in it
 */
export async function pullOptions(words: PullWords, context: Context): Promise<PullSettings> {
  const { env, signal, flags, invokedAs } = context;
  // crictl's --timeout does not end pulls, and scripts have it at a few seconds.
  const ofAll = invokedAs === "crictl" ? undefined : flags.timeout;
  const timeout = words.pullTimeout ?? fromEnv("CRICTL_PULL_TIMEOUT", env, deadline) ?? ofAll;
  return {
    sources: {
      given: await given(words, context),
      authFile: words.authfile,
      dockerConfig: dockerConfigIn(env),
      signal,
    },
    timeoutMs: timeout ?? Infinity,
  };
}

async function given(words: PullWords, context: Context): Promise<Credentials | undefined> {
  const { creds, auth, username, passwordStdin = false } = words;
  const flags = Object.entries({ "--creds": creds, "--auth": auth, "--username": username }).filter(
    ([, value]) => value !== undefined,
  );
  if (flags.length > 1) {
    throw new UsageError(`${flags.map(([name]) => name).join(" and ")} say the same thing: use one of them`);
  }
  if (passwordStdin && username === undefined) throw new UsageError("--password-stdin needs --username");
  const { fromBase64, fromPair } = await import("../registry/user-password.ts");
  const decode = (text: string, name: string): Credentials => {
    const decoded = fromBase64(text);
    if (decoded === undefined) throw new UsageError(`${name} is not USER:PASSWORD in base64`);
    return decoded;
  };
  if (creds?.includes(":") === true || auth !== undefined) context.note(visible);
  if (creds !== undefined) return fromPair(creds);
  if (auth !== undefined) return decode(auth, "--auth");
  if (username !== undefined) {
    if (username === "") throw new UsageError("--username needs a name");
    return { username, password: passwordStdin ? await readPassword(context) : await askPassword(context) };
  }
  const { CRICTL_CREDS: envCreds = "", CRICTL_AUTH: envAuth = "" } = context.env;
  if (envCreds !== "") return fromPair(envCreds);
  return envAuth === "" ? undefined : decode(envAuth, "CRICTL_AUTH");
}

/** Anybody on the machine can read the words of a running command. */
const visible = "a password among the words of a command is for everybody to see, with ps: -u asks for it instead";

/** Everything on standard input, but for the line break at its end. */
async function readPassword({ stdin }: Context): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stdin()) chunks.push(chunk);
  const password = Buffer.concat(chunks)
    .toString("utf8")
    .replace(/\r?\n$/u, "");
  if (password === "") throw new UsageError("--password-stdin: there is no password on standard input");
  return password;
}

async function askPassword({ signal }: Context): Promise<string> {
  const { askSecret } = await import("./ask-secret.ts");
  return askSecret("Password: ", signal);
}

function dockerConfigIn(env: Context["env"]): string | undefined {
  const { DOCKER_CONFIG: folder = "", HOME: home = "" } = env;
  if (folder !== "") return `${folder}/config.json`;
  return home === "" ? undefined : `${home}/.docker/config.json`;
}

function fromEnv<Value>(name: string, env: Context["env"], read: (text: string) => Value): Value | undefined {
  const text = env[name] ?? "";
  if (text === "") return undefined;
  try {
    return read(text);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`${name}: ${error.message}`, { hint: error.hint });
  }
}
