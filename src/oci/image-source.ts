import { createHash } from "node:crypto";
import { InvalidArchiveError } from "../errors.ts";
import type { Descriptor } from "./descriptor.ts";

/** Images and their blobs, wherever they are: in a folder, in an archive that was unpacked, in memory. */
export interface ImageSource {
  /** What people call it, for errors. */
  readonly where: string;
  readonly images: readonly NamedImage[];
  /** The bytes of a blob, in pieces. @throws {InvalidArchiveError} when it is not there */
  read(digest: string): AsyncIterable<Uint8Array>;
}

/** One image of it. */
export interface NamedImage {
  /** A whole reference; absent when the source gives it none. */
  readonly name: string | undefined;
  /** Its manifest, or the index of its manifests. */
  readonly target: Descriptor;
}

/** Largest manifest, index or config that is read into memory, in bytes. Real ones are a few KiB. */
const largestJsonBytes = 8 * 1024 * 1024;

/**
 * Reads a blob to its end and checks that it is what its descriptor says, without keeping it.
 *
 * @throws {InvalidArchiveError} when digest or size are others
 */
export async function verifyBlob(source: ImageSource, { digest, size }: Descriptor): Promise<void> {
  const hash = createHash("sha256");
  let seen = 0;
  for await (const chunk of source.read(digest)) {
    hash.update(chunk);
    seen += chunk.byteLength;
    if (seen > size) break;
  }
  if (seen !== size) {
    throw new InvalidArchiveError(
      `${source.where}: ${digest} has ${seen > size ? "more than " : ""}${Math.min(seen, size + 1)} bytes instead of ${size}`,
    );
  }
  const found = `sha256:${hash.digest("hex")}`;
  if (found !== digest)
    throw new InvalidArchiveError(`${source.where}: the blob ${digest} was changed: it is ${found} now`);
}

/** Reads a small blob whole, checks it, and parses it. @throws {InvalidArchiveError} when it is not JSON, too large, or another */
export async function readJson(source: ImageSource, descriptor: Descriptor): Promise<unknown> {
  const { digest, size } = descriptor;
  if (size > largestJsonBytes) throw new InvalidArchiveError(`${source.where}: ${digest} claims ${size} bytes of JSON`);
  await verifyBlob(source, descriptor);
  const chunks: Uint8Array[] = [];
  for await (const chunk of source.read(digest)) chunks.push(chunk);
  return parseJson(Buffer.concat(chunks).toString(), `${source.where}: ${digest}`);
}

/** Parses JSON that somebody else wrote. @throws {InvalidArchiveError} naming `where` */
export function parseJson(text: string, where: string): unknown {
  if (text.length > largestJsonBytes) throw new InvalidArchiveError(`${where} is too large to be true`);
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new InvalidArchiveError(`${where} is not JSON`, { cause: error });
  }
}
