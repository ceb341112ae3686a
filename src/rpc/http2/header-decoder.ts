import { ErrorCode, ProtocolViolation } from "./error-code.ts";
import { bytesOf, type Header, HeaderTable } from "./header-table.ts";
import { huffmanDecoded } from "./huffman.ts";

/** The headers of one block by name. Those of one name are joined by `, `, as HTTP has it. */
export type HeaderBlock = ReadonlyMap<string, string>;

/** What a table may hold where nobody has agreed on anything else: RFC 9113, section 6.5.2. Bytes. */
const tableBytes = 4_096;
/** More headers than anybody means to send. Bytes. */
const mostBytes = 1024 * 1024;
/** The longest number that is taken: more than any length that fits into a block. */
const longestNumber = 2 ** 28;

/** @throws {ProtocolViolation} when a block is larger than anybody means it to be, as it is sent or as it is read */
export function checkHeaderBytes(bytes: number): void {
  if (bytes > mostBytes) {
    throw new ProtocolViolation(`headers of more than ${mostBytes} bytes`, ErrorCode.ENHANCE_YOUR_CALM);
  }
}

/** Reads blocks of headers as HPACK writes them: RFC 7541. It remembers, so every block of a connection has to go through it. */
export class HeaderDecoder {
  readonly #table = new HeaderTable(tableBytes);

  /** @throws {ProtocolViolation} after which the connection is of no use, because nobody knows what the table holds */
  decode(block: Buffer): HeaderBlock {
    const headers = new Map<string, string>();
    const cursor = new Cursor(block);
    let bytes = 0;
    while (!cursor.isAtEnd) {
      const header = this.#next(cursor);
      if (header === undefined) continue;
      // One byte of a block may stand for as much as the table holds.
      bytes += bytesOf(header);
      checkHeaderBytes(bytes);
      const [name, value] = header;
      const before = headers.get(name);
      headers.set(name, before === undefined ? value : `${before}, ${value}`);
    }
    return headers;
  }

  /** One header, or nothing where the size of the table was changed. */
  #next(cursor: Cursor): Header | undefined {
    const first = cursor.peek();
    if ((first & 0x80) !== 0) return this.#entry(cursor.number(7)); // section 6.1
    if ((first & 0xc0) === 0x40) {
      const header = this.#literal(cursor, 6); // section 6.2.1
      this.#table.add(header);
      return header;
    }
    if ((first & 0xe0) === 0x20) {
      this.#resize(cursor.number(5)); // section 6.3
      return undefined;
    }
    return this.#literal(cursor, 4); // sections 6.2.2 and 6.2.3
  }

  #literal(cursor: Cursor, prefixBits: number): Header {
    const index = cursor.number(prefixBits);
    const name = index === 0 ? cursor.text() : this.#entry(index)[0];
    return [name, cursor.text()];
  }

  #entry(index: number): Header {
    const entry = this.#table.at(index);
    if (entry === undefined) throw wrong(`entry ${index} of a table that has no such entry`);
    return entry;
  }

  #resize(bytes: number): void {
    if (bytes > tableBytes) throw wrong(`a table of ${bytes} bytes, which is more than was allowed`);
    this.#table.resize(bytes);
  }
}

/** A block, and how far it has been read. */
class Cursor {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  peek(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw wrong("an end in the middle of a header");
    return byte;
  }

  /** A number that begins in the last bits of a byte: RFC 7541, section 5.1. */
  number(prefixBits: number): number {
    const full = (1 << prefixBits) - 1;
    let value = this.#byte() & full;
    if (value < full) return value;
    for (let factor = 1; ; factor *= 0x80) {
      const byte = this.#byte();
      value += (byte & 0x7f) * factor;
      if (value > longestNumber || factor > longestNumber) throw wrong("a number that is too large");
      if ((byte & 0x80) === 0) return value;
    }
  }

  /** A length and so many bytes, plain or in Huffman's code: RFC 7541, section 5.2. */
  text(): string {
    const isCoded = (this.peek() & 0x80) !== 0;
    const length = this.number(7);
    const end = this.#at + length;
    if (end > this.#bytes.length) throw wrong("an end in the middle of a text");
    const bytes = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return isCoded ? huffmanDecoded(bytes) : bytes.toString("latin1");
  }

  #byte(): number {
    const byte = this.peek();
    this.#at += 1;
    return byte;
  }
}

function wrong(what: string): ProtocolViolation {
  return new ProtocolViolation(`headers with ${what}`, ErrorCode.COMPRESSION_ERROR);
}
