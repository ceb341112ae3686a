/**
 * Fields that hold a secret when they are text, in whatever spelling: those that CRI's AuthConfig marks `debug_redact`, as
 * the stubs, protojson, the proto and Docker's and containerd's configuration files write them.
 */
const secretFields = new Set(["password", "auth", "identitytoken", "registrytoken", "authorization"]);

const mask = "[redacted]";

/**
 * A copy of a request or an answer for logs, with every credential in it replaced, and with it what often is one: the values
 * of environment variables, and the token in the URL of a streaming server. Their names stay. JSON inside a text, as in the
 * verbose info of a status, comes as what it says, so that it is seen into; whole numbers of 16 digits and more as text.
 */
export function redact(value: unknown): unknown {
  if (typeof value === "string") return redactedText(value);
  if (Array.isArray(value)) return value.map(redact);
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([field]) => field !== "_unknownFields")
      .map(([field, inner]) => [field, redactedField(field, inner)]),
  );
}

function redactedField(field: string, value: unknown): unknown {
  if (isSecret(field)) {
    if (typeof value === "string" && value !== "") return mask;
    // HTTP headers come as lists.
    if (Array.isArray(value)) return value.map(() => mask);
  }
  if (/^envs?$/iu.test(field) && Array.isArray(value)) return value.map(withoutValue);
  return redact(value);
}

/** A variable without its value: `NAME=value` of OCI, or `{key, value}` of CRI. */
function withoutValue(variable: unknown): unknown {
  if (typeof variable === "string") return variable.replace(/=.+$/su, `=${mask}`);
  return isRecord(variable) && "value" in variable ? { ...variable, value: mask } : redact(variable);
}

function redactedText(text: string): unknown {
  if (/^\s*[[{]/u.test(text)) {
    try {
      return redact(JSON.parse(text.replace(longNumber, quoted)));
    } catch {
      // A part of JSON, perhaps: nobody knows where in it a secret ends.
      if (/password|auth|token/iu.test(text)) return `${mask} (${text.length} characters)`;
    }
  }
  return redactText(text.replace(/(\/(?:exec|attach|portforward)\/)[\w-]+/gu, `$1${mask}`));
}

/** Texts of JSON, which are passed over, and whole numbers that a double would round. */
const longNumber = /"(?:[^"\\]|\\.)*"|(?<![\w.+-])-?\d{16,}(?![\w.])/gu;

function quoted(token: string): string {
  return token.startsWith('"') ? token : `"${token}"`;
}

function isSecret(field: string): boolean {
  return secretFields.has(field.toLowerCase().replaceAll("_", ""));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
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
    if (!isSecret(field) || typeof value !== "string") return secretsIn(value);
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
