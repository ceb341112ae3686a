import { parseReference } from "../oci/reference.ts";

/** An image's registry, and how configuration files may call it. */
export interface Registry {
  /** What credential helpers know it by. Docker's own has a URL of old. */
  readonly server: string;
  /** The entry for the longest part of the image's name, such as `host/team` before `host`. */
  find<Value>(entries: Readonly<Record<string, Value>>): Entry<Value> | undefined;
}

/** What was found, and the key that it stood under. */
export interface Entry<Value> {
  readonly key: string;
  readonly value: Value;
}

/** Every name of Docker's own registry. */
const dockerHosts = new Set(["docker.io", "index.docker.io", "registry-1.docker.io"]);
const dockerServer = "https://index.docker.io/v1/";

/**
 * The registry of an image.
 *
 * @throws {UsageError} when `image` is no name
 * @see containers-auth.json(5): keys may name a part of a registry; Docker's keys are hosts, or URLs with /v1/ or /v2/
 */
export function registryOf(image: string): Registry {
  const { domain, path } = parseReference(image);
  const host = normalHost(domain);
  const parts = path.split("/");
  // host/a/b, host/a, host
  const wanted = [...parts.keys(), parts.length]
    .toReversed()
    .map((count) => [host, ...parts.slice(0, count)].join("/"));
  return {
    server: host === "docker.io" ? dockerServer : domain,
    find: (entries) => {
      const names = Object.keys(entries);
      for (const name of wanted) {
        // Who wrote it exactly so meant it more than who wrote a URL.
        const key = names.find((written) => written === name) ?? names.find((written) => normalKey(written) === name);
        const value = key === undefined ? undefined : entries[key];
        if (key !== undefined && value !== undefined) return { key, value };
      }
      return undefined;
    },
  };
}

function normalHost(host: string): string {
  const lower = host.toLowerCase();
  return dockerHosts.has(lower) ? "docker.io" : lower;
}

/** `https://host/v1/` and `host/v2` mean the host; what else follows it is a part of the registry. */
function normalKey(key: string): string {
  const [host = "", ...path] = key
    .replace(/^https?:\/\//iu, "")
    .replace(/\/+$/u, "")
    .split("/");
  const isVersion = path.length === 1 && /^v[12]$/u.test(path[0] ?? "");
  return [normalHost(host), ...(isVersion ? [] : path)].join("/");
}
