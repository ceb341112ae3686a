import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { errorPage } from "../../../../src/cli/views/error-page.ts";
import { NotFoundError, RuntimeFailedError, UsageError } from "../../../../src/errors.ts";

test("a failure is a line, and what to do a second one", () => {
  const failure = new NotFoundError("no pod 'web'", { hint: "see 'crikit pods'" });
  expect(errorPage([failure])).toBe("crikit: no pod 'web'\nhint: see 'crikit pods'\n");
  expect(errorPage([new NotFoundError("no pod 'web'")])).toBe("crikit: no pod 'web'\n");
});

test("wrong words are pointed to the help of their command, unless there is better advice", () => {
  const title = "crikit lab up";
  expect(errorPage([new UsageError("no such flag")], { title })).toContain("hint: see 'crikit lab up --help'");
  expect(errorPage([new UsageError("no", { hint: "write 5s" })], { title })).toBe("crikit: no\nhint: write 5s\n");
});

test("every failure is told, in the order they happened, and none twice", () => {
  const failures = [new NotFoundError("first"), new NotFoundError("second"), new NotFoundError("first")];
  expect(errorPage(failures)).toBe("crikit: first\ncrikit: second\n");
});

test("causes are for --debug, without their secrets", () => {
  const cause = new Error("GET https://bob:hunter2@registry.test failed", { cause: new Error("ECONNRESET") });
  const failure = new NotFoundError("no image", { cause });
  expect(errorPage([failure])).toBe("crikit: no image\n");
  const page = errorPage([failure], { debug: true });
  expect(page).toContain("cause: Error: GET https://[redacted]@registry.test failed\ncause: Error: ECONNRESET\n");
});

test("a cause that causes itself is told once", () => {
  const cause: Error & { cause?: unknown } = new Error("round");
  cause.cause = cause;
  expect(errorPage([new NotFoundError("no", { cause })], { debug: true })).toBe("crikit: no\ncause: Error: round\n");
});

test("a bug is called one, and its stack is not printed", () => {
  const page = errorPage([new TypeError("x is not a function")]);
  expect(page).toMatch(
    /^crikit: this is a bug in crikit: TypeError: x is not a function\nhint: please report it.*\n$/u,
  );
  expect(
    errorPage([new TypeError("x")], { debug: true })
      .split("\n")
      .filter((line) => /\bat /u.test(line)),
  ).toHaveLength(1);
});

test("a runtime's answer cannot move the cursor or look like a line of ours", () => {
  const answer = "\u001b[2J\ncrikit: all is well";
  const page = errorPage([new RuntimeFailedError(answer, { status: "UNKNOWN", answer })]);
  expect(page).toBe("crikit: \\x1b[2J\\ncrikit: all is well\n");
});

test("only crikit's name is red, and only where the output has colours", () => {
  const failure = new NotFoundError("no");
  expect(errorPage([failure], { color: true })).toBe("\u001b[31mcrikit:\u001b[39m no\n");
  expect(errorPage([failure], { color: false })).toBe("crikit: no\n");
});

test("what the system refuses is told in its words, and is not called a bug", async () => {
  const refused: unknown = await readFile("/nope").catch((error: unknown) => error);
  expect(errorPage([refused], { debug: true })).toBe("crikit: ENOENT: no such file or directory, open '/nope'\n");
});
