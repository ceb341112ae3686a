/** Fields of CRI's AuthConfig that hold a secret, in the spellings of the stubs, of protojson and of the proto. */
const secretFields = new Set([
  "password",
  "auth",
  "identityToken",
  "identity_token",
  "registryToken",
  "registry_token",
]);

const mask = "[redacted]";

/** A copy of a request or an answer with every credential in it replaced, for logs. `auth` is one only when it is a string. */
export function redact(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(redact);
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([field]) => field !== "_unknownFields")
      .map(([field, inner]) => [
        field,
        secretFields.has(field) && typeof inner === "string" && inner !== "" ? mask : redact(inner),
      ]),
  );
}

/**
 * The credentials in a request, in every spelling in which an answer might quote them: as they are, escaped for a URL or
 * for JSON, and in base64, alone or behind the user name as HTTP sends them. The longest first.
 */
export function secretsIn(request: unknown): readonly string[] {
  if (Array.isArray(request)) return request.flatMap(secretsIn);
  if (typeof request !== "object" || request === null || request instanceof Uint8Array) return [];
  const fields = request as Readonly<Record<string, unknown>>;
  const found = Object.entries(fields).flatMap(([field, value]) => {
    if (field === "_unknownFields") return [];
    if (!secretFields.has(field) || typeof value !== "string") return secretsIn(value);
    const user = typeof fields["username"] === "string" ? fields["username"] : "";
    return spellings(value, user);
  });
  return [...new Set(found)].filter((text) => text !== "").toSorted((a, b) => b.length - a.length);
}

function spellings(secret: string, user: string): readonly string[] {
  const decoded = Buffer.from(secret, "base64").toString("utf8");
  // `auth` is USER:PASSWORD in base64: the password in it is one as well.
  const inner = /^[\x20-\x7e]+:[\x20-\x7e]+$/u.test(decoded) ? [decoded, decoded.slice(decoded.indexOf(":") + 1)] : [];
  return [secret, ...inner].flatMap((text) => {
    const packed = [text, `${user}:${text}`].map((plain) => Buffer.from(plain).toString("base64"));
    // Go escapes more of a URL than JavaScript.
    const inUrl = encodeURIComponent(text);
    const inGoUrl = inUrl.replace(/[!'()*]/gu, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
    const escaped = [inUrl, inGoUrl, JSON.stringify(text).slice(1, -1)];
    return text === "" ? [] : [text, ...escaped, ...packed, ...packed.map((base64) => base64.replace(/=+$/u, ""))];
  });
}

/** A secret this short may be a part of any word: it is only taken out where it stands alone. */
const shortSecret = 4;

/**
 * `text` without the credentials that a runtime's answer may quote: user info in URLs, authorization headers, and
 * `secrets`, which are those of the request.
 */
export function redactText(text: string, secrets: readonly string[] = []): string {
  return secrets
    .reduce((rest, secret) => {
      if (secret.length >= shortSecret) return rest.replaceAll(secret, mask);
      const alone = `(?<![A-Za-z0-9])${secret.replace(/[\\^$.*+?()[\]{}|/]/gu, "\\$&")}(?![A-Za-z0-9])`;
      return rest.replace(new RegExp(alone, "gu"), mask);
    }, text)
    .replace(/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@"']+@/giu, `$1${mask}@`)
    .replace(
      /\b(authorization["']?\s*[:=]\s*["']?(?:basic|bearer)\s+|\b(?:basic|bearer)\s+)[\w.~+/=-]{8,}/giu,
      `$1${mask}`,
    );
}
