import fc from "fast-check";
import { expect, test } from "vitest";
import { redact, redactText } from "../../../src/rpc/redact.ts";

const secret = fc.stringMatching(/^[A-Za-z0-9+/=_-]{8,40}$/u);

test("no credential of a pull request is left, whatever it is", () => {
  fc.assert(
    fc.property(secret, (word) => {
      const auth = { username: "me", password: word, auth: word, identityToken: word, registryToken: word };
      const text = JSON.stringify(
        redact({ image: { image: "x" }, auth, list: [{ registry_token: word, identity_token: word }] }),
      );
      expect(text).not.toContain(word);
      expect(text).toContain('"username":"me"');
    }),
  );
});

test("a runtime's words lose the user info of URLs and the values of authorization headers", () => {
  fc.assert(
    fc.property(secret, (word) => {
      const encoded = encodeURIComponent(word); // a URL holds no other form
      const text = `pull https://me:${encoded}@host/v2: 401, Authorization: Bearer ${word}, sent "basic ${word}"`;
      expect(redactText(text)).not.toContain(word);
      expect(redactText(text)).not.toContain(encoded);
    }),
  );
});

test("a field is known in every spelling", () => {
  const fields = ["password", "Password", "identitytoken", "identityToken", "IDENTITY_TOKEN", "registry_token", "auth"];
  for (const field of [...fields, "Authorization"]) {
    expect(redact({ [field]: "hunter2" })).toEqual({ [field]: "[redacted]" });
    expect(redact({ text: JSON.stringify({ [field]: "hunter2" }) })).toEqual({ text: { [field]: "[redacted]" } });
  }
});

test("everything else stays as it is", () => {
  expect(redactText("failed to pull https://host/v2/x: not found")).toBe("failed to pull https://host/v2/x: not found");
  expect(redact({ a: [1n, "x", null], b: { auth: { c: 1 } } })).toEqual({ a: [1n, "x", null], b: { auth: { c: 1 } } });
});
