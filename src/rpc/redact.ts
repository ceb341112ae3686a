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

/** `text` without the credentials that a runtime's answer may quote: user info in URLs, and authorization headers. */
export function redactText(text: string): string {
  return text
    .replace(/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@"']+@/giu, `$1${mask}@`)
    .replace(
      /\b(authorization["']?\s*[:=]\s*["']?(?:basic|bearer)\s+|\b(?:basic|bearer)\s+)[\w.~+/=-]{8,}/giu,
      `$1${mask}`,
    );
}
