import { expect, test } from "vitest";
import { printable, printableLines } from "../../../../src/cli/views/printable.ts";

test.each([
  ["\u001b]0;title\u0007", String.raw`\x1b]0;title\x07`],
  ["a\nb\tc\r", String.raw`a\nb\tc\r`],
  ["\u007f\u009b2J", String.raw`\x7f\x9b2J`],
  ["\u202etxt.exe", String.raw`\u202etxt.exe`],
  ["\u2067a\u2069", String.raw`\u2067a\u2069`],
  ["a\u2028b", String.raw`a\u2028b`],
  ["größe 日本語 🚀", "größe 日本語 🚀"],
  ["👩‍👩‍👧", "👩‍👩‍👧"],
])("%j is shown, not obeyed", (text, shown) => expect(printable(text)).toBe(shown));

test("lines and tabs of a view stay, anything else that moves the cursor does not", () => {
  expect(printableLines("a\n\tb\r\u001b[2J", { color: true })).toBe("a\n\tb\\x0d\\x1b[2J");
});

test("a view's colours stay where the output has any, and only there", () => {
  const painted = "\u001b[32mok\u001b[39m";
  expect(printableLines(painted, { color: true })).toBe(painted);
  expect(printableLines(painted, { color: false })).toBe(String.raw`\x1b[32mok\x1b[39m`);
});
