import { describe, expect, test } from "vitest";
import type { Context } from "../../../src/cli/context.ts";
import { imageFilter } from "../../../src/cli/image-words.ts";
import { pullOptions } from "../../../src/cli/pull-words.ts";

const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** As much of a context as a pull's words look at, and the notes that were made. */
function contextWith(parts: Partial<Context> = {}): Context & { readonly notes: readonly string[] } {
  const notes: string[] = [];
  return {
    env: {},
    flags: {},
    invokedAs: "crikit",
    signal: new AbortController().signal,
    note: (sentence: string) => void notes.push(sentence),
    notes,
    ...parts,
  } as unknown as Context & { readonly notes: readonly string[] };
}

const stdin = (text: string) =>
  async function* (): AsyncGenerator<Uint8Array> {
    yield Buffer.from(text);
  };

describe("credentials that are given", () => {
  test.each([
    ["--creds", { creds: "me:a:b" }, {}, { username: "me", password: "a:b" }],
    ["--creds without a password, as crictl takes it", { creds: "me" }, {}, { username: "me", password: "" }],
    ["--auth", { auth: base64("me:a:b") }, {}, { username: "me", password: "a:b" }],
    ["CRICTL_CREDS", {}, { CRICTL_CREDS: "me:a" }, { username: "me", password: "a" }],
    ["CRICTL_AUTH", {}, { CRICTL_AUTH: base64("me:a") }, { username: "me", password: "a" }],
    ["a flag before the environment", { creds: "me:a" }, { CRICTL_CREDS: "x:y", CRICTL_AUTH: "?" }, { username: "me" }],
    ["nothing", {}, { CRICTL_CREDS: "", CRICTL_AUTH: "" }, undefined],
  ])("by %s", async (_, words, env, given) => {
    const { sources } = await pullOptions(words, contextWith({ env }));
    if (given === undefined) expect(sources.given).toBeUndefined();
    else expect(sources.given).toMatchObject(given);
  });

  test.each(["p w\n", "p w\r\n", "p w"])("by standard input, %j, without the end of its line", async (text) => {
    const context = contextWith({ stdin: stdin(text), env: { CRICTL_CREDS: "x:y" } });
    const { sources } = await pullOptions({ username: "me", passwordStdin: true }, context);
    expect(sources.given).toEqual({ username: "me", password: "p w" });
  });

  test("an empty standard input is no password", async () => {
    const given = pullOptions({ username: "me", passwordStdin: true }, contextWith({ stdin: stdin("\n") }));
    await expect(given).rejects.toMatchObject({
      code: "usage",
      message: expect.stringContaining("there is no password"),
    });
  });

  test("a password among the words gets a note, a user alone does not, nor does the environment", async () => {
    const notesOf = async (words: object, env = {}): Promise<number> => {
      const context = contextWith({ env });
      await pullOptions(words, context);
      return context.notes.length;
    };
    expect(await notesOf({ creds: "me:a" })).toBe(1);
    expect(await notesOf({ auth: base64("me:a") })).toBe(1);
    expect(await notesOf({ creds: "me" })).toBe(0);
    expect(await notesOf({}, { CRICTL_CREDS: "me:a" })).toBe(0);
  });

  test.each([
    ["--auth", { auth: "s3cret" }, {}],
    ["CRICTL_AUTH", {}, { CRICTL_AUTH: "s3cret" }],
    ["credentials without a user name", { creds: ":s3cret" }, {}],
  ])("%s that makes no sense is refused, and not repeated", async (what, words, env) => {
    const failure = await pullOptions(words, contextWith({ env })).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "usage", message: expect.stringContaining(what) });
    expect(String(failure)).not.toContain("s3cret");
  });
});

test.each([
  [{ HOME: "/home/me" }, "/home/me/.docker/config.json"],
  [{ HOME: "/home/me", DOCKER_CONFIG: "/etc/docker" }, "/etc/docker/config.json"],
  [{}, undefined],
])("Docker's configuration is found by %j", async (env, path) => {
  expect((await pullOptions({}, contextWith({ env }))).sources.dockerConfig).toBe(path);
});

test.each([
  ["nothing", {}, {}, Infinity],
  ["--pull-timeout", { pullTimeout: 5_000 }, { env: { CRICTL_PULL_TIMEOUT: "1s" }, flags: { timeout: 2_000 } }, 5_000],
  ["CRICTL_PULL_TIMEOUT", {}, { env: { CRICTL_PULL_TIMEOUT: "1m" }, flags: { timeout: 2_000 } }, 60_000],
  ["CRICTL_PULL_TIMEOUT of 0", {}, { env: { CRICTL_PULL_TIMEOUT: "0" }, flags: { timeout: 2_000 } }, Infinity],
  ["--timeout", {}, { flags: { timeout: 2_000 } }, 2_000],
  [
    "--timeout under crictl's name, where it does not end pulls",
    {},
    { flags: { timeout: 2_000 }, invokedAs: "crictl" },
    Infinity,
  ],
] as const)("the time of a pull is limited by %s", async (_, words, parts, timeoutMs) => {
  expect((await pullOptions(words, contextWith(parts))).timeoutMs).toBe(timeoutMs);
});

test("a time in the environment that is none names the variable", async () => {
  const reading = pullOptions({}, contextWith({ env: { CRICTL_PULL_TIMEOUT: "soon" } }));
  await expect(reading).rejects.toMatchObject({
    code: "usage",
    message: expect.stringMatching(/^CRICTL_PULL_TIMEOUT: 'soon'/u),
  });
});

test("filters of images add up, one a flag or several with commas between", () => {
  const both = imageFilter("reference=b", imageFilter("dangling=false,reference=^a{1,2}$,before=x:1"));
  expect(both).toEqual({ dangling: false, before: "x:1", references: [/^a{1,2}$/u, /b/u] });
});
