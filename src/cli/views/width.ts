/** Code points that take two columns, first and last of each range. @see Unicode EastAsianWidth.txt, W and F */
const wide: readonly (readonly [first: number, last: number])[] = [
  [0x1100, 0x115f], // Hangul Jamo
  [0x2329, 0x232a],
  [0x2e80, 0x303e], // CJK radicals, Kangxi, punctuation
  [0x3041, 0x33ff], // Kana, Bopomofo, compatibility
  [0x3400, 0x4dbf], // CJK extension A
  [0x4e00, 0xa4cf], // CJK, Yi
  [0xa960, 0xa97c],
  [0xac00, 0xd7a3], // Hangul
  [0xf900, 0xfaff],
  [0xfe10, 0xfe19],
  [0xfe30, 0xfe6b],
  [0xff01, 0xff60], // full-width forms
  [0xffe0, 0xffe6],
  [0x16fe0, 0x18cff], // Tangut, Khitan
  [0x1aff0, 0x1b2fb], // Kana supplements
  [0x1f200, 0x1f265],
  [0x20000, 0x3fffd], // CJK extensions B and later
];

/** Made at the first text that needs it: it takes 8 ms, which is long for a command. */
const lazy: { graphemes?: Intl.Segmenter } = {};

/** How many columns a terminal needs for `text`. Control characters have to be gone: see `printable`. */
export function widthOf(text: string): number {
  if (/^[\x20-\x7E]*$/u.test(text)) return text.length;
  lazy.graphemes ??= new Intl.Segmenter("en", { granularity: "grapheme" });
  let columns = 0;
  for (const { segment } of lazy.graphemes.segment(text)) columns += widthOfGrapheme(segment);
  return columns;
}

/** A letter with its accents, or an emoji with its modifiers, is as wide as its first part. */
function widthOfGrapheme(grapheme: string): number {
  if (/^[\p{Mn}\p{Me}\p{Cf}]/u.test(grapheme)) return 0;
  if (/^\p{Emoji_Presentation}|\uFE0F/u.test(grapheme)) return 2;
  const code = grapheme.codePointAt(0) ?? 0;
  const base = wide.some(([first, last]) => code >= first && code <= last) ? 2 : 1;
  // Half-width Kana's voice marks join their letter, and take a column of their own all the same.
  return base + (/[\uFF9E\uFF9F]/u.test(grapheme.slice(1)) ? 1 : 0);
}
