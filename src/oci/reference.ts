import { UsageError } from "../errors.ts";

/** The parts of an image's name. */
export interface Reference {
  /** Such as `docker.io` or `localhost:5000`. */
  readonly domain: string;
  /** Such as `library/busybox`. */
  readonly path: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

const component = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";
const grammar = new RegExp(
  `^(?<name>\\[[^\\]/]*\\](?::\\d+)?/[^@:]*|[^@:]*(?::\\d+/[^@:]*)?)(?::(?<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?(?:@(?<digest>sha256:[0-9a-f]{64}))?$`,
  "u",
);
const pathGrammar = new RegExp(`^${component}(?:/${component})*$`, "u");
const domainGrammar =
  /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*|\[[0-9a-fA-F:]+\])(?::\d+)?$/u;

/** Sixty-four hexadecimal digits are what an image's id looks like, so no name may. */
const isId = /^[0-9a-f]{64}$/u;

/** Characters of domain and path together. */
const longestName = 255;
/** The same with a tag and a digest. */
const longestText = longestName + 129 + 72;

/**
 * Reads an image's name as people write it, with the defaults that every client of registries shares: `busybox` is
 * `docker.io/library/busybox:latest`.
 *
 * @throws {UsageError} when it is no name
 * @see OCI distribution-spec, "Pulling manifests"; the reference grammar of the distribution project
 */
export function parseReference(text: string): Reference {
  const groups = text.length > longestText ? undefined : grammar.exec(text)?.groups;
  const name = groups?.["name"] ?? "";
  const [first = "", ...rest] = name.split("/");
  const hasDomain = rest.length > 0 && (/[.:]/u.test(first) || first === "localhost" || first !== first.toLowerCase());
  const domain = hasDomain && first !== "index.docker.io" ? first : "docker.io";
  const inDomain = hasDomain ? rest.join("/") : name;
  const path = domain === "docker.io" && !inDomain.includes("/") ? `library/${inDomain}` : inDomain;
  if (
    groups === undefined ||
    isId.test(name) ||
    !domainGrammar.test(domain) ||
    !pathGrammar.test(path) ||
    `${domain}/${path}`.length > longestName
  ) {
    const shown = text.length > longestName ? `${text.slice(0, longestName)}…` : text;
    throw new UsageError(`'${shown}' is not the name of an image`, {
      hint: "names look like busybox, docker.io/library/busybox:1.36 or localhost:5000/team/app@sha256:…, in lower case",
    });
  }
  const digest = groups["digest"];
  return { domain, path, tag: groups["tag"] ?? (digest === undefined ? "latest" : undefined), digest };
}

/**
 * The one spelling of a name that runtimes store and look for: a name with both a tag and a digest goes by its digest.
 *
 * @see containerd's reference/docker.ParseDockerRef, which CRI's image service calls
 */
export function formatReference({ domain, path, tag, digest }: Reference): string {
  return digest === undefined ? `${domain}/${path}:${tag ?? "latest"}` : `${domain}/${path}@${digest}`;
}

/** Any spelling of an image's name in the one that runtimes store. @throws {UsageError} when it is no name */
export function normalReference(text: string): string {
  return formatReference(parseReference(text));
}
