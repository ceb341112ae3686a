import { createHash } from "node:crypto";
import { CancelledError, InvalidArchiveError } from "../errors.ts";
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
  /** As the source spells it, so it may be none; absent when the source gives it no name. */
  readonly name: string | undefined;
  /** Its manifest, or the index of its manifests. */
  readonly target: Descriptor;
}

/** Largest manifest, index or config that is read into memory, in bytes. Real ones are a few KiB. */
export const largestJsonBytes = 8 * 1024 * 1024;

/**
 * Reads a blob to its end and checks that it is what its descriptor says, without keeping it.
 *
 * @throws {InvalidArchiveError} when digest or size are others
 * @throws {CancelledError} when `signal` aborts meanwhile
 */
export async function verifyBlob(
  source: ImageSource,
  { digest, size }: Descriptor,
  signal?: AbortSignal,
): Promise<void> {
  const hash = createHash("sha256");
  let seen = 0;
  for await (const chunk of source.read(digest)) {
    if (signal?.aborted === true) {
      throw new CancelledError(`checking ${source.where} was cancelled`, { cause: signal.reason });
    }
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

/** Reads a small blob whole, checks it, and parses it. @throws {InvalidArchiveError} when it is no JSON object, too large, or another */
export async function readJson(source: ImageSource, descriptor: Descriptor): Promise<JsonObject> {
  const { digest, size } = descriptor;
  if (size > largestJsonBytes) throw new InvalidArchiveError(`${source.where}: ${digest} claims ${size} bytes of JSON`);
  await verifyBlob(source, descriptor);
  const chunks: Uint8Array[] = [];
  for await (const chunk of source.read(digest)) chunks.push(chunk);
  return parseObject(Buffer.concat(chunks), `${source.where}: ${digest}`);
}

/** A JSON object that somebody else wrote: it may have any member, and each may be anything. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Parses a JSON object that somebody else wrote. @throws {InvalidArchiveError} naming `where` */
export function parseObject(json: Buffer, where: string): JsonObject {
  const value = parseJson(json, where);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw new InvalidArchiveError(`${where} is no JSON object`);
}

/** Parses JSON that somebody else wrote. @throws {InvalidArchiveError} naming `where` */
export function parseJson(json: Buffer, where: string): unknown {
  try {
    return JSON.parse(json.toString()) as unknown;
  } catch (error) {
    throw new InvalidArchiveError(`${where} is not JSON`, { cause: error });
  }
}
