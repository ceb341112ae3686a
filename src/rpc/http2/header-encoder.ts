import type { Header } from "./header-table.ts";

/** The other side need not remember anything: RFC 7541, section 6.3. Right whatever size it gives to the table, and one byte. */
const emptyTable = 0x20;
/** A header by its texts, which no table takes in: RFC 7541, section 6.2.2. */
const literal = 0x00;

/**
 * Writes a block of headers in HPACK, each with its name and its value: on a socket of one machine that costs less than to
 * remember what the other side knows. Names have to be in lower case, and no character beyond Latin-1.
 */
export function encodeHeaders(headers: readonly Header[]): Buffer {
  // Six bytes are more than any length takes.
  const bytes = Buffer.allocUnsafe(headers.reduce((sum, [name, value]) => sum + name.length + value.length + 13, 1));
  bytes[0] = emptyTable;
  let at = 1;
  for (const [name, value] of headers) {
    bytes[at] = literal;
    at = writeText(bytes, at + 1, name);
    at = writeText(bytes, at, value);
  }
  return bytes.subarray(0, at);
}

/** A length (RFC 7541, section 5.1) and so many characters. Where the next byte goes. */
function writeText(bytes: Buffer, start: number, text: string): number {
  const full = 0x7f;
  let at = start;
  if (text.length < full) bytes[at++] = text.length;
  else {
    bytes[at++] = full;
    let left = text.length - full;
    for (; left >= 0x80; left >>>= 7) bytes[at++] = (left & 0x7f) | 0x80;
    bytes[at++] = left;
  }
  return at + bytes.write(text, at, "latin1");
}
