import { describe, expect, test } from "vitest";
import { nextAttempt } from "../../../src/sandbox/restart-container.ts";

describe("the next attempt", () => {
  test("has a file of its own for its log where the attempt is the file's name", () => {
    expect(nextAttempt({ metadata: { name: "app", attempt: 1 }, logPath: "app/1.log" })).toEqual({
      metadata: { name: "app", attempt: 2 },
      logPath: "app/2.log",
    });
    expect(nextAttempt({ metadata: { name: "app" }, logPath: "0.log" })).toMatchObject({ logPath: "1.log" });
  });

  test("goes on in the same file otherwise", () => {
    expect(nextAttempt({ metadata: { name: "app" }, logPath: "app10.log" })).toMatchObject({ logPath: "app10.log" });
    expect(nextAttempt({ metadata: { name: "app" } })).toEqual({ metadata: { name: "app", attempt: 1 } });
  });
});
