import { ErrorCode, ProtocolViolation } from "./error-code.ts";

/**
 * How many bits the code of each byte has, to the base of 36: RFC 7541, Appendix B. The code is canonical, that is codes of one
 * length follow one another in the order of their bytes, so that the lengths say all of it. The last is that of the end of a text.
 */
const lengths =
  "dnsssssssoussussssssssusssssssss6aacd68baa8b8666555666666678f6ca" +
  "d67777777777777777777777878djde6f56565666577666567655677777fbeds" +
  "kmkkmmmnmnnnnnonoomnonnnnlmnmnnomlkmmnnlnmmolmnnllmlnmnnkmmmnmmn" +
  "qqkjmnmpqqqrrqopjlqrrqrollqqsrrrkoklmllnmmppooqnqrqqrrrrrsrrrrrq" +
  "u";
const endOfText = 256;
const longestBits = 30;
const longestPaddingBits = 7;

/** The codes of one length. */
interface Row {
  /** The first of them. */
  readonly code: number;
  /** What they stand for, in order. */
  readonly symbols: readonly number[];
}

let rows: readonly Row[] | undefined;

/** Reads a text in HPACK's Huffman code: RFC 7541, section 5.2. @throws {ProtocolViolation} */
export function huffmanDecoded(bytes: Buffer): string {
  rows ??= rowsByLength();
  const out: number[] = [];
  let code = 0;
  let length = 0;
  for (const byte of bytes) {
    for (let bit = 7; bit >= 0; bit--) {
      code = (code << 1) | ((byte >> bit) & 1);
      length += 1;
      const row = rows[length];
      if (row === undefined) throw wrong("a code that there is not");
      const symbol = row.symbols[code - row.code];
      if (symbol === undefined) continue;
      if (symbol === endOfText) throw wrong("the end of a text inside it");
      out.push(symbol);
      code = 0;
      length = 0;
    }
  }
  // What is left of the last byte is filled with the first bits of the code for the end, which are ones.
  if (length > longestPaddingBits || code !== (1 << length) - 1) throw wrong("padding that is none");
  return Buffer.from(out).toString("latin1");
}

function rowsByLength(): readonly Row[] {
  const symbolsOf = Array.from({ length: longestBits + 1 }, (): number[] => []);
  for (let symbol = 0; symbol < lengths.length; symbol++) {
    symbolsOf[Number.parseInt(lengths.charAt(symbol), 36)]?.push(symbol);
  }
  let code = 0;
  return symbolsOf.map((symbols) => {
    const row = { code, symbols };
    code = (code + symbols.length) << 1;
    return row;
  });
}

function wrong(what: string): ProtocolViolation {
  return new ProtocolViolation(`a header has ${what}`, ErrorCode.COMPRESSION_ERROR);
}
