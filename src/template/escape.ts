/** `text` safe in HTML, as Go's `html` makes it. */
export function html(text: string): string {
  const escaped: Readonly<Record<string, string>> = {
    "<": "&lt;",
    ">": "&gt;",
    '"': "&#34;",
    "'": "&#39;",
    "&": "&amp;",
    "\0": "\uFFFD",
  };
  return text.replace(/[<>"'&\0]/gu, (character) => escaped[character] ?? "");
}

/** `text` safe inside a JavaScript string, as Go's `js` makes it. */
export function js(text: string): string {
  return text.replace(/[\\'"<>&=]|[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}\p{Cs}]|(?! )\p{Zs}/gu, (character) => {
    if ("\\'\"".includes(character)) return `\\${character}`;
    const code = character.codePointAt(0) ?? 0;
    // Go leaves what needs no escape in JavaScript; what does not print it escapes.
    return `\\u${code.toString(16).toUpperCase().padStart(4, "0")}`;
  });
}

/** `text` as a part of a query, as Go's `urlquery` makes it. */
export function urlQuery(text: string): string {
  return encodeURIComponent(Buffer.from(text).toString()) // no halves of surrogate pairs
    .replaceAll("%20", "+")
    .replace(/[!'()*]/gu, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** The first letter of every word as a capital, the rest as it is: Go's strings.Title. */
export function title(text: string): string {
  return text.replace(/(?<![\p{L}\p{Nd}_]|[^\p{ASCII}\p{Z}])\p{L}/gu, (letter) => letter.toUpperCase());
}

/** `text` in double quotes as Go writes it, for `%q`. */
export function goQuote(text: string): string {
  const short: Readonly<Record<string, string>> = {
    '"': '\\"',
    "\\": "\\\\",
    "\u0007": "\\a",
    "\b": "\\b",
    "\f": "\\f",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\v": "\\v",
  };
  const body = text.replace(/["\\]|[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    const hex = code.toString(16);
    if (short[character] !== undefined) return short[character];
    if (code < 0x80) return `\\x${hex.padStart(2, "0")}`;
    return code < 0x10000 ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
  });
  return `"${body}"`;
}
