import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { shellQuote } from "../../../src/linux/shell-quote.ts";

test("a plain word stays readable", () => {
  expect(shellQuote("unix:///run/containerd/containerd.sock")).toBe("unix:///run/containerd/containerd.sock");
});

test.each(["", "a b", "it's", "$HOME", "`id`", "a\nb", 'a"b', "a;b", "~", "*", "\\", "größe", "#x", "!x"])(
  "sh reads %j as it was",
  (text) =>
    expect(execFileSync("sh", ["-c", `set -- ${shellQuote(text)}; printf '%s:%s' $# "$1"`], { encoding: "utf8" })).toBe(
      `1:${text}`,
    ),
);
