import { type AuthFile, credentialsOf, readAuthFile } from "./auth-file.ts";
import { askHelper } from "./docker-credential.ts";
import { registryOf, type Registry } from "./registry-keys.ts";
import type { Credentials } from "./user-password.ts";

/** Where credentials may come from; the first that has some wins. */
export interface CredentialSources {
  /** What somebody gave outright: it is for whatever registry the image is in. */
  readonly given?: Credentials | undefined;
  /** A file that somebody named, such as podman's auth.json. It has to be there. */
  readonly authFile?: string | undefined;
  /** Docker's own configuration file, such as `~/.docker/config.json`. It need not be there. */
  readonly dockerConfig?: string | undefined;
  /** Milliseconds that a credential helper may take: it may ask somebody. 60,000 when absent. */
  readonly helperTimeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The credentials for an image's registry: those that were given, else the file's for the longest part of the image's name
 * that it knows. Nothing found means that the registry is asked as anybody.
 *
 * @param image its name as people write it
 * @throws {UsageError} when the image's name is none, or a file is missing, not JSON, or has an entry that makes no sense
 * @throws {HostError} when a credential helper is missing, fails, or takes too long
 * @see containers-auth.json(5); Docker's config.json; docker-credential-helpers
 */
export async function credentialsFor(image: string, sources: CredentialSources): Promise<Credentials | undefined> {
  const registry = registryOf(image);
  if (sources.given !== undefined) return sources.given;
  const files = [
    { path: sources.authFile, mustExist: true },
    { path: sources.dockerConfig, mustExist: false },
  ];
  for (const { path, mustExist } of files) {
    const file = path === undefined ? undefined : await readAuthFile(path, { mustExist });
    const found = file === undefined ? undefined : await lookUp(registry, file, sources);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A helper for this registry alone, then the one for all, then what stands in the file itself. */
async function lookUp(
  registry: Registry,
  file: AuthFile,
  sources: CredentialSources,
): Promise<Credentials | undefined> {
  const own = registry.find(file.credHelpers);
  const asked = new Set<string>();
  for (const helper of [own?.value, file.credsStore]) {
    if (helper === undefined || asked.has(helper)) continue;
    asked.add(helper);
    const server = helper === own?.value ? own.key : registry.server;
    const found = await askHelper(helper, server, { ...sources, file: file.path });
    if (found !== undefined) return found;
  }
  const entry = registry.find(file.auths);
  return entry === undefined ? undefined : credentialsOf(entry, file.path);
}
