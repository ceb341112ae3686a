import { expect, test } from "vitest";
import { widthOf } from "../../../../src/cli/views/width.ts";

test.each([
  ["", 0],
  ["web-1", 5],
  ["größe", 5],
  ["gro\u0308ße", 5], // o and a combining diaeresis
  ["日本語", 6],
  ["한국어", 6],
  ["ｗｅｂ", 6], // full-width letters
  ["｡ﾊﾟ", 3], // half-width forms
  ["🚀", 2],
  ["👩‍👩‍👧", 2], // one family, five code points
  ["👍🏽", 2],
  ["🇩🇪", 2],
  ["❤️", 2], // asked to be an emoji
  ["❤", 1],
  ["✔", 1],
  ["┌─┐", 3],
  ["a\u200bb", 2], // zero width space
  ["𠀀", 2],
  ["\u{1b002}", 2], // old Kana
  ["αβγ", 3],
])("%s takes %i columns", (text, columns) => expect(widthOf(text)).toBe(columns));
