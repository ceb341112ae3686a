import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import * as zlib from "node:zlib";
import { CrikitError, InvalidArchiveError } from "../errors.ts";

/** What an archive is read from. */
export interface ArchiveInput {
  /** What people call it, for errors. */
  readonly where: string;
  readonly bytes: AsyncIterable<Uint8Array>;
}

/**
 * The tar itself, whatever it is packed in: gzip, zstd where Node has it (22.15), or nothing. Known by its first bytes, not
 * by a name.
 *
 * @throws {InvalidArchiveError} when it is empty, or packed with what this Node cannot unpack
 */
export async function* decompress({ where, bytes }: ArchiveInput): AsyncGenerator<Uint8Array, void, undefined> {
  const iterator = bytes[Symbol.asyncIterator]();
  try {
    const head = await readHead(iterator);
    if (head.byteLength === 0) throw new InvalidArchiveError(`${where} is empty`);
    const all = from(head, iterator);
    if (head[0] === 0x1f && head[1] === 0x8b) yield* through(zlib.createGunzip(), all);
    else if (head[0] === 0x28 && head[1] === 0xb5 && head[2] === 0x2f && head[3] === 0xfd) yield* zstd(where, all);
    else yield* all;
  } finally {
    // Not waited for: who reads from an idle pipe would wait for its next byte.
    void Promise.resolve(iterator.return?.()).catch(() => undefined);
  }
}

type Chunks = AsyncGenerator<Uint8Array, void, undefined>;
type Unpacker = NodeJS.ReadWriteStream & AsyncIterable<unknown> & { readonly bytesWritten: number };

async function* through(unpacker: Unpacker, packed: AsyncIterable<Uint8Array>): Chunks {
  const feeding = pipeline(Readable.from(packed), unpacker);
  feeding.catch(() => undefined); // reading from it ends with the same failure
  yield* unpacker as AsyncIterable<Buffer>;
  await feeding;
}

async function* zstd(where: string, packed: AsyncIterable<Uint8Array>): Chunks {
  const unpackFirst = { hint: "unpack it first: zstd -dc FILE | crikit load -" };
  const { createZstdDecompress } = zlib as { createZstdDecompress?: () => Unpacker };
  if (createZstdDecompress === undefined) {
    throw new InvalidArchiveError(`${where} is packed with zstd, which Node unpacks from 22.15 on`, unpackFirst);
  }
  const unpacker = createZstdDecompress();
  let fed = 0;
  const counted = async function* (): Chunks {
    for await (const chunk of packed) {
      fed += chunk.byteLength;
      yield chunk;
    }
  };
  let failure: unknown;
  try {
    yield* through(unpacker, counted());
    // Node stops at the end of the first frame (nodejs/node#64741), with an error or, worse, without.
    if (unpacker.bytesWritten === fed) return;
  } catch (error) {
    if (error instanceof CrikitError || (error instanceof Error && "syscall" in error)) throw error;
    failure = error;
  }
  const message = `${where} is cut short or damaged, or it is several zstd frames, of which Node unpacks only the first`;
  throw new InvalidArchiveError(message, { ...unpackFirst, cause: failure });
}

/** At least the four bytes that tell what it is, if there are as many. */
async function readHead(iterator: AsyncIterator<Uint8Array>): Promise<Uint8Array> {
  const held: Uint8Array[] = [];
  for (let length = 0; length < 4;) {
    const next = await iterator.next();
    if (next.done === true) break;
    held.push(next.value);
    length += next.value.byteLength;
  }
  return Buffer.concat(held);
}

async function* from(head: Uint8Array, rest: AsyncIterator<Uint8Array>): Chunks {
  yield head;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}
