import { expect, test } from "vitest";
import { canBe } from "../../../src/linux/kill-exec.ts";

test.each([
  [
    ["sleep", "9"],
    ["sleep", "9"],
  ],
  [
    ["sleep", "9"],
    ["env", "A=b", "sh", "-c", 'exec "$@"', "sh", "sleep", "9"],
  ],
  [
    ["sleep", "9"],
    ["sh", "-c", "sleep 9"],
  ],
  [
    ["sleep", "9"],
    ["sh", "-c", "cd / && exec sleep 9"],
  ],
  [
    ["/bin/sh", "/run.sh", "x"],
    ["/run.sh", "x"],
  ],
  [
    ["/bin/sh", "-e", "/usr/bin/run", "x"],
    ["run", "x"],
  ],
])("%j can be what %j has started", (line, command) => {
  expect(canBe(line, command)).toBe(true);
});

test.each([
  [
    ["sleep", "8"],
    ["sleep", "9"],
  ],
  [["sh"], ["sh", "-c", "sleep 9"]],
  [
    ["sh", "-c", "health"],
    ["sleep", "9"],
  ],
  [
    ["leep", "9"],
    ["sh", "-c", "sleep 9"],
  ],
  [
    ["tar", "-xf", "-"],
    ["tar", "-cf", "-"],
  ],
  [[], ["sleep", "9"]],
])("%j is somebody else's, not of %j", (line, command) => {
  expect(canBe(line, command)).toBe(false);
});
