/** A header's name and value. Names are in lower case. */
export type Header = readonly [name: string, value: string];

/** The entries that both sides know from the start, the first being number 1: RFC 7541, Appendix A. */
const staticEntries: readonly Header[] = [
  [":authority", ""],
  [":method", "GET"],
  [":method", "POST"],
  [":path", "/"],
  [":path", "/index.html"],
  [":scheme", "http"],
  [":scheme", "https"],
  [":status", "200"],
  [":status", "204"],
  [":status", "206"],
  [":status", "304"],
  [":status", "400"],
  [":status", "404"],
  [":status", "500"],
  ["accept-charset", ""],
  ["accept-encoding", "gzip, deflate"],
  ["accept-language", ""],
  ["accept-ranges", ""],
  ["accept", ""],
  ["access-control-allow-origin", ""],
  ["age", ""],
  ["allow", ""],
  ["authorization", ""],
  ["cache-control", ""],
  ["content-disposition", ""],
  ["content-encoding", ""],
  ["content-language", ""],
  ["content-length", ""],
  ["content-location", ""],
  ["content-range", ""],
  ["content-type", ""],
  ["cookie", ""],
  ["date", ""],
  ["etag", ""],
  ["expect", ""],
  ["expires", ""],
  ["from", ""],
  ["host", ""],
  ["if-match", ""],
  ["if-modified-since", ""],
  ["if-none-match", ""],
  ["if-range", ""],
  ["if-unmodified-since", ""],
  ["last-modified", ""],
  ["link", ""],
  ["location", ""],
  ["max-forwards", ""],
  ["proxy-authenticate", ""],
  ["proxy-authorization", ""],
  ["range", ""],
  ["referer", ""],
  ["refresh", ""],
  ["retry-after", ""],
  ["server", ""],
  ["set-cookie", ""],
  ["strict-transport-security", ""],
  ["transfer-encoding", ""],
  ["user-agent", ""],
  ["vary", ""],
  ["via", ""],
  ["www-authenticate", ""],
];

/** What an entry costs beside its texts: RFC 7541, section 4.1. Bytes. */
const entryOverheadBytes = 32;

/** The entries that a header may be told by: the static ones, and what came before, the newest first. */
export class HeaderTable {
  readonly #recent: Header[] = [];
  #bytes = 0;
  #limitBytes: number;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** The entry of that number, from 1 on. */
  at(index: number): Header | undefined {
    return index <= staticEntries.length ? staticEntries[index - 1] : this.#recent[index - staticEntries.length - 1];
  }

  /** Takes an entry in, for which older ones go. One that is larger than the table empties it. */
  add(header: Header): void {
    this.#recent.unshift(header);
    this.#bytes += bytesOf(header);
    this.#evict();
  }

  /** Makes it as large as the other side says. Bytes. */
  resize(limitBytes: number): void {
    this.#limitBytes = limitBytes;
    this.#evict();
  }

  #evict(): void {
    while (this.#bytes > this.#limitBytes) {
      const oldest = this.#recent.pop();
      if (oldest === undefined) return;
      this.#bytes -= bytesOf(oldest);
    }
  }
}

/** What an entry counts for. */
export function bytesOf([name, value]: Header): number {
  return name.length + value.length + entryOverheadBytes;
}
