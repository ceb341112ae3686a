import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test, vi } from "vitest";
import { credentialsFor } from "../../../src/registry/credentials.ts";

const folder = mkdtempSync(join(tmpdir(), "crikit-credentials-"));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => vi.unstubAllEnvs());

const base64 = (text: string): string => Buffer.from(text).toString("base64");
const file = (content: unknown, name = "config.json"): string => {
  writeFileSync(join(folder, name), typeof content === "string" ? content : JSON.stringify(content));
  return join(folder, name);
};
const entry = (user: string) => ({ auth: base64(`${user}:secret`) });

/** Who is found for an image in a file with these entries. */
async function userFor(image: string, auths: Readonly<Record<string, unknown>>): Promise<string | undefined> {
  return (await credentialsFor(image, { dockerConfig: file({ auths }) }))?.username;
}

describe("an entry is found", () => {
  test.each([
    ["by the host", "registry.test/team/app", { "registry.test": entry("me") }],
    ["by the host and its port", "registry.test:5000/app", { "registry.test:5000": entry("me") }],
    ["by a URL of old", "registry.test/app", { "https://registry.test/v1/": entry("me") }],
    ["by a URL of the second version", "registry.test/app", { "http://registry.test/v2": entry("me") }],
    ["by a URL without a path", "registry.test/app", { "https://registry.test": entry("me") }],
    ["in whatever case the host is written", "registry.test/app", { "Registry.TEST": entry("me") }],
    ["for Docker's own registry, as Docker writes it", "busybox", { "https://index.docker.io/v1/": entry("me") }],
    ["for Docker's own registry, as podman writes it", "busybox", { "docker.io": entry("me") }],
    ["by a part of the name", "registry.test/team/app", { "registry.test/team": entry("me") }],
    ["by the whole name", "registry.test/team/app:1", { "registry.test/team/app": entry("me") }],
    [
      "the longest part first",
      "registry.test/team/app",
      { "registry.test": entry("other"), "registry.test/team": entry("me"), "registry.test/team/app2": entry("x") },
    ],
    [
      "before a URL for the same",
      "registry.test/app",
      { "https://registry.test/v1/": entry("other"), "registry.test": entry("me") },
    ],
    ["as user and password in words", "registry.test/app", { "registry.test": { username: "me", password: "p" } }],
  ])("%s", async (_, image, auths) => {
    expect(await userFor(image, auths)).toBe("me");
  });

  test.each([
    ["another host", "registry.test/app", { "other.test": entry("x") }],
    ["another port", "registry.test:5000/app", { "registry.test": entry("x"), "registry.test:5001": entry("x") }],
    ["a host that only begins so", "registry.test.evil/app", { "registry.test": entry("x") }],
    ["a host that only ends so", "evil-registry.test/app", { "registry.test": entry("x") }],
    ["another part of the registry", "registry.test/team/app", { "registry.test/te": entry("x") }],
    ["Docker's own, for another", "registry.test/app", { "https://index.docker.io/v1/": entry("x") }],
    ["an entry that says nothing", "registry.test/app", { "registry.test": {} }],
  ])("not of %s", async (_, image, auths) => {
    expect(await userFor(image, auths)).toBeUndefined();
  });
});

test("a token goes alone: with a user beside it, runtimes would try that one", async () => {
  const auths = {
    "a.test": { auth: base64("me:"), identitytoken: "refresh" },
    "b.test": { registrytoken: "bearer" },
  };
  const dockerConfig = file({ auths });
  expect(await credentialsFor("a.test/x", { dockerConfig })).toEqual({ identityToken: "refresh" });
  expect(await credentialsFor("b.test/x", { dockerConfig })).toEqual({ registryToken: "bearer" });
});

test("a password may hold colons, and old files end it with NULs", async () => {
  const dockerConfig = file({ auths: { "a.test": { auth: base64("me:p:w\0\0") } } });
  expect(await credentialsFor("a.test/x", { dockerConfig })).toEqual({ username: "me", password: "p:w" });
});

test("what is given wins over files, the file that was named over Docker's", async () => {
  const dockerConfig = file({ auths: { "a.test": entry("docker"), "b.test": entry("docker") } });
  const authFile = file({ auths: { "a.test": entry("named") } }, "auth.json");
  const given = { username: "given", password: "p" };
  expect(await credentialsFor("a.test/x", { given, authFile, dockerConfig })).toBe(given);
  expect(await credentialsFor("a.test/x", { authFile, dockerConfig })).toMatchObject({ username: "named" });
  expect(await credentialsFor("b.test/x", { authFile, dockerConfig })).toMatchObject({ username: "docker" });
});

test("no file of Docker's is no failure, a file that was named has to be there", async () => {
  const missing = join(folder, "nope/config.json");
  expect(await credentialsFor("a.test/x", { dockerConfig: missing })).toBeUndefined();
  await expect(credentialsFor("a.test/x", { authFile: missing })).rejects.toMatchObject({
    code: "usage",
    message: `cannot read the credentials in ${missing}: there is no such file`,
  });
  mkdirSync(join(folder, "folder.json"));
  await expect(credentialsFor("a.test/x", { dockerConfig: join(folder, "folder.json") })).rejects.toMatchObject({
    message: expect.stringContaining("EISDIR"),
  });
});

test.each([
  ["it is not JSON", `{"auths": {"a.test": {"auth": s3cret}}}`],
  ["it is not a JSON object", `["s3cret"]`],
  ["auths is not a JSON object", { auths: ["s3cret"] }],
  ["auths.a.test is not a JSON object", { auths: { "a.test": "s3cret" } }],
  ["auths.a.test.auth is not a text", { auths: { "a.test": { auth: { s3cret: 1 } } } }],
  ["auths.a.test.auth is not USER:PASSWORD in base64", { auths: { "a.test": { auth: "s3cret" } } }],
  ["credsStore is not a text", { credsStore: ["s3cret"] }],
  ["credHelpers.b.test is not a text", { credHelpers: { "b.test": { s3cret: 1 } } }],
])("a file in which %s is refused with its name, and without a word of what is in it", async (what, content) => {
  const dockerConfig = file(content);
  const failure = await credentialsFor("a.test/x", { dockerConfig }).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: "usage", message: `the credentials in ${dockerConfig}: ${what}` });
  expect(String(failure)).not.toContain("s3cret");
  expect((failure as Error).cause).toBeUndefined();
});

test("a wrong entry of another registry is nobody's business", async () => {
  expect(await userFor("a.test/x", { "b.test": { auth: "?" }, "a.test": entry("me") })).toBe("me");
});

describe("a credential helper", () => {
  const asked = join(folder, "asked");
  /** A program on the PATH that notes what it is asked for. */
  const helper = (name: string, ...lines: readonly string[]): void => {
    const path = join(folder, `docker-credential-${name}`);
    writeFileSync(path, ["#!/bin/sh", `{ echo "$1"; cat; } >> ${asked}`, ...lines, ""].join("\n"));
    chmodSync(path, 0o755);
    vi.stubEnv("PATH", `${folder}:${process.env["PATH"] ?? ""}`);
  };
  const answer = (username: string, secret: string): string =>
    `echo '${JSON.stringify({ ServerURL: "x", Username: username, Secret: secret })}'`;
  const lookUp = (image: string, config: object) => credentialsFor(image, { dockerConfig: file(config) });
  afterEach(() => rmSync(asked, { force: true }));
  const questions = async (): Promise<string> => (await import("node:fs")).readFileSync(asked, "utf8");

  test("is asked for the registry, and its answer taken", async () => {
    helper("all", answer("me", "p"));
    expect(await lookUp("a.test:5000/x", { credsStore: "all" })).toEqual({ username: "me", password: "p" });
    expect(await questions()).toBe("get\na.test:5000\n");
  });

  test("knows Docker's own registry by its URL of old", async () => {
    helper("all", answer("me", "p"));
    await lookUp("busybox", { credsStore: "all" });
    expect(await questions()).toBe("get\nhttps://index.docker.io/v1/\n");
  });

  test("of the registry comes before the one of all, and before what stands in the file", async () => {
    helper("own", answer("own", "p"));
    helper("all", answer("all", "p"));
    const config = { credHelpers: { "a.test": "own" }, credsStore: "all", auths: { "a.test": entry("file") } };
    expect(await lookUp("a.test/x", config)).toMatchObject({ username: "own" });
    expect(await lookUp("b.test/x", config)).toMatchObject({ username: "all" });
  });

  test("that knows nothing of it leaves it to the next, and to the file", async () => {
    helper("own", "echo credentials not found in native keychain", "exit 1");
    helper("all", answer("", ""));
    const config = { credHelpers: { "a.test": "own" }, credsStore: "all", auths: { "a.test": entry("file") } };
    expect(await lookUp("a.test/x", config)).toMatchObject({ username: "file" });
  });

  test("gives a token under the name <token>", async () => {
    helper("all", answer("<token>", "refresh"));
    expect(await lookUp("a.test/x", { credsStore: "all" })).toEqual({ identityToken: "refresh" });
  });

  test.each([
    ["is missing", "missing", [], /there is no program 'docker-credential-missing' on this machine$/u],
    [
      "fails",
      "fails",
      ["echo it is locked", "exit 3"],
      /^docker-credential-fails failed \(exit code 3\): it is locked$/u,
    ],
    [
      "fails with an answer",
      "odd",
      [answer("me", "s3cret"), "exit 3"],
      /^docker-credential-odd failed \(exit code 3\)$/u,
    ],
    ["does not answer in JSON", "text", ["echo s3cret"], /^docker-credential-text did not answer with the JSON/u],
    ["leaves the secret out", "half", ['echo \'{"Username": "s3cret"}\''], /did not answer with the JSON/u],
    [
      "has a path for a name",
      "../../bin/evil",
      [],
      /^'docker-credential-..\/..\/bin\/evil' cannot be a credential helper$/u,
    ],
  ])("that %s is a failure that names it and the file", async (_, name, lines, message) => {
    if (lines.length > 0) helper(name, ...lines);
    const failure = await lookUp("a.test/x", { credsStore: name }).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: "host-failed",
      message: expect.stringMatching(message),
      hint: `${join(folder, "config.json")} says that it has the credentials for a.test`,
    });
    expect(JSON.stringify(failure) + String(failure)).not.toContain("s3cret");
  });

  test("that takes too long is killed", async () => {
    helper("slow", "exec sleep 60");
    const looking = credentialsFor("a.test/x", { dockerConfig: file({ credsStore: "slow" }), helperTimeoutMs: 100 });
    await expect(looking).rejects.toMatchObject({
      code: "host-failed",
      message: expect.stringContaining("docker-credential-slow took longer than 100 ms and was killed"),
    });
  });

  test("is given up when the caller gives up", async () => {
    helper("slow", "exec sleep 60");
    const signal = AbortSignal.timeout(100);
    const looking = credentialsFor("a.test/x", { dockerConfig: file({ credsStore: "slow" }), signal });
    await expect(looking).rejects.toMatchObject({ code: "cancelled" });
  });
});
