import { deflateRawSync, inflateRawSync, constants } from "node:zlib";
import { MalformedAnswerError } from "../../errors.ts";
import { dictionary } from "./dictionary.ts";

/** Names in lower case; a value may be empty. */
export type Headers = Readonly<Record<string, string>>;

/** How far back a reference of deflate reaches: RFC 1951. */
const windowBytes = 32_768;

/** Largest header block that is taken, unpacked: a small one can unpack to very much. */
const longestBlockBytes = 65_536;

/** RFC 1950: deflate with a window of 32 KiB, a dictionary, and the check sum of this one, which SPDY/3 fixes. */
const zlibHead = Buffer.from([0x78, 0xbb, 0xe3, 0xc6, 0xa7, 0xc2]);

/** One direction of a connection: all its header blocks are one zlib stream, flushed at the end of each. */
export interface HeaderCodec {
  /** Turns headers into the next block of the stream. */
  encode(headers: Headers): Buffer;
  /** Reads the next block of the stream. @throws {MalformedAnswerError} */
  decode(block: Uint8Array): Headers;
}

/**
 * Makes the codec of one direction. A block ends at a byte (a sync flush), so each can be handled by itself when the last
 * 32 KiB that came before are given as dictionary: that keeps everything synchronous.
 *
 * @see draft-mbelshe-httpbis-spdy-00 2.6.10
 */
export function createHeaderCodec(): HeaderCodec {
  let window = dictionary;
  let isFirst = true;
  const remember = (text: Uint8Array): void => {
    window = Buffer.concat([window, text]).subarray(-windowBytes);
  };
  return {
    encode(headers) {
      const text = serialize(headers);
      const packed = deflateRawSync(text, { dictionary: window, finishFlush: constants.Z_SYNC_FLUSH });
      const block = isFirst ? Buffer.concat([zlibHead, packed]) : packed;
      isFirst = false;
      remember(text);
      return block;
    },
    decode(block) {
      const packed = isFirst ? withoutZlibHead(block) : block;
      isFirst = false;
      const text = unpack(packed, window);
      remember(text);
      return parse(text);
    },
  };
}

function unpack(packed: Uint8Array, window: Buffer): Buffer {
  try {
    return inflateRawSync(packed, {
      dictionary: window,
      finishFlush: constants.Z_SYNC_FLUSH,
      maxOutputLength: longestBlockBytes,
    });
  } catch (error) {
    throw malformed("its headers cannot be unpacked", error);
  }
}

function withoutZlibHead(block: Uint8Array): Uint8Array {
  const [method = 0, flags = 0] = block;
  const hasDictionary = (flags & 0x20) !== 0;
  if ((method & 0x0f) !== 8 || (method * 256 + flags) % 31 !== 0) throw malformed("its headers are no zlib stream");
  return block.subarray(hasDictionary ? 6 : 2);
}

/** The number of pairs, then names and values, each after its length: all numbers of four bytes. */
function serialize(headers: Headers): Buffer {
  const pairs = Object.entries(headers);
  return Buffer.concat([
    number(pairs.length),
    ...pairs.flat().flatMap((text) => [number(byteLength(text)), bytes(text)]),
  ]);
}

function parse(text: Buffer): Headers {
  let at = 0;
  const take = (length: number): Buffer => {
    if (length > text.length - at) throw malformed("its headers are cut short");
    at += length;
    return text.subarray(at - length, at);
  };
  const next = (): string => take(take(4).readUInt32BE()).toString("latin1");
  const headers: Record<string, string> = Object.create(null) as Record<string, string>;
  for (let left = take(4).readUInt32BE(); left > 0; left -= 1) {
    const name = next();
    headers[name] = next();
  }
  return { ...headers };
}

function number(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32BE(value);
  return buffer;
}

function bytes(text: string): Buffer {
  return Buffer.from(text, "latin1");
}

function byteLength(text: string): number {
  return text.length; // of Latin-1
}

/** What the streaming server sent is not SPDY/3.1. */
export function malformed(what: string, cause?: unknown): MalformedAnswerError {
  return new MalformedAnswerError(`the streaming server does not speak SPDY/3.1 as it should: ${what}`, { cause });
}
