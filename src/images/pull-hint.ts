import { type CrikitErrorOptions, DeadlineExceededError, NotFoundError, RuntimeFailedError } from "../errors.ts";

/**
 * A failed pull with what can be done about it. The registry's answer comes through the runtime as a text alone.
 *
 * @see containerd remotes/docker, whose words these are
 */
export function withPullHint(error: unknown, hadCredentials: boolean): unknown {
  if (
    !(error instanceof NotFoundError || error instanceof RuntimeFailedError || error instanceof DeadlineExceededError)
  ) {
    return error;
  }
  const hint = hintFor(error, hadCredentials) ?? error.hint;
  const options: CrikitErrorOptions = { rpc: error.rpc, endpoint: error.endpoint, cause: error.cause, hint };
  if (error instanceof NotFoundError) return new NotFoundError(error.message, options);
  if (error instanceof DeadlineExceededError) return new DeadlineExceededError(error.message, options);
  return new RuntimeFailedError(error.message, error, options);
}

function hintFor(
  { message, code }: NotFoundError | RuntimeFailedError | DeadlineExceededError,
  hadCredentials: boolean,
): string | undefined {
  if (code === "deadline-exceeded") return "give it longer: --pull-timeout 10m, or 0 for as long as it takes";
  if (/unauthori[sz]ed|forbidden|authorization failed|authentication required|access denied/iu.test(message)) {
    return hadCredentials
      ? "the registry did not accept the credentials: check the user and the password or token"
      : "the registry wants credentials: -u USER, --authfile FILE, or 'docker login' for this user";
  }
  if (code === "not-found") return "the registry has no image of that name and tag: check its spelling";
  if (/connection refused|no such host|i\/o timeout|network is unreachable|server misbehaving/iu.test(message)) {
    return "the runtime cannot reach the registry: check its name, the network, and the runtime's own registry settings";
  }
  if (/server gave HTTP response to HTTPS client/u.test(message)) {
    return "the registry speaks plain HTTP: tell the runtime so, as with a hosts.toml in containerd's config_path";
  }
  if (/x509|certificate/u.test(message)) return "the runtime does not trust the registry's certificate";
  if (/unexpected EOF|connection reset|broken pipe|failed to copy/iu.test(message)) {
    return "the connection to the registry broke: try again, the runtime goes on with what it has";
  }
  return undefined;
}
