/**
 * What a terminal would obey rather than show: control characters (C0, DEL, C1), the line and paragraph separators, and
 * the marks that turn the direction of writing.
 */
const commands = /[\p{Cc}\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069]/gu;

/** The same, or a whole change of colour: ECMA-48's SGR. */
const colorOrCommand = new RegExp(String.raw`\u001B\[[\d;]*m|${commands.source}`, "gu");

const short: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** `text` as one line that a terminal shows and does not obey: a name from a runtime must not move the cursor. */
export function printable(text: string): string {
  return text.replace(commands, (character) => short[character] ?? escaped(character));
}

/**
 * The same for a whole view: line breaks and tabs stay, and so do colours where the output has any. The last guard before
 * the terminal, for views that let a text of the runtime's through.
 */
export function printableLines(text: string, { color }: { readonly color: boolean }): string {
  return text.replace(colorOrCommand, (match) => {
    if (match === "\n" || match === "\t") return match;
    if (match.length > 1 && color) return match;
    return escaped(match.charAt(0)) + match.slice(1);
  });
}

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
}
