import { createReadStream, createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { posix } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import * as zlib from "node:zlib";
import { CrikitError, InvalidArchiveError } from "../errors.ts";
import { openDockerArchive } from "./docker-archive.ts";
import type { ImageSource } from "./image-source.ts";
import { type Files, openLayout } from "./layout.ts";

/** An archive that was unpacked: its folder is gone when it is disposed of. */
export type UnpackedArchive = ImageSource & AsyncDisposable;

/** What an archive is read from. */
export interface ArchiveInput {
  /** What people call it, for errors. */
  readonly where: string;
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** An archive in a file. */
export function archiveFile(path: string): ArchiveInput {
  return { where: path, bytes: createReadStream(path, { highWaterMark: 1024 * 1024 }) };
}

/**
 * Unpacks an image archive into a private folder and opens it: an OCI layout or a docker-archive as a tar, plain, gzip, or
 * zstd where Node has it (22.15). The files get numbers for names, so nothing that the archive says becomes a path.
 *
 * @throws {InvalidArchiveError} when it is none, is cut short, or names a file outside itself
 */
export async function openArchive(input: ArchiveInput, signal?: AbortSignal): Promise<UnpackedArchive> {
  const folder = await mkdtemp(`${tmpdir()}/crikit-archive-`);
  const dispose = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const files = await unpack(input, folder, signal);
    const source = files.path("index.json") === undefined ? await openDockerArchive(files) : await openLayout(files);
    return { ...source, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    if (error instanceof CrikitError || signal?.aborted === true) throw error;
    if (error instanceof Error && "syscall" in error) throw error; // the machine's failure, not the archive's
    const why = error instanceof Error ? error.message : String(error);
    throw new InvalidArchiveError(`${input.where} is cut short or damaged: ${why}`, { cause: error });
  }
}

async function unpack(input: ArchiveInput, folder: string, signal: AbortSignal | undefined): Promise<Files> {
  const { extract } = await import("tar-stream");
  const entries = extract();
  const paths = new Map<string, string>();
  const links = new Map<string, string>();
  const feeding = pipeline(Readable.from(decompressed(input)), entries, ...(signal === undefined ? [] : [{ signal }]));
  feeding.catch(() => undefined); // the loop below ends with the same failure
  for await (const entry of entries) {
    const { name, type, linkname } = entry.header;
    const key = insideName(name, input.where);
    if (type === "file" || type === "contiguous-file") {
      if (paths.has(key)) throw new InvalidArchiveError(`${input.where} has ${name} twice`);
      const path = `${folder}/${paths.size}`;
      await pipeline(entry, createWriteStream(path, { mode: 0o600, flags: "wx" }));
      paths.set(key, path);
    } else {
      if (type === "symlink" || type === "link") {
        const target = type === "symlink" ? posix.join(posix.dirname(key), linkname ?? "") : (linkname ?? "");
        links.set(key, insideName(target, input.where));
      }
      entry.resume();
    }
  }
  await feeding;
  // docker save once wrote a layer that two images share as a link to the first.
  return { where: input.where, path: (name) => paths.get(name) ?? paths.get(links.get(name) ?? "") };
}

/** An entry's name in one spelling. @throws {InvalidArchiveError} when it leads out of the archive */
function insideName(name: string, where: string): string {
  const normal = posix.normalize(name).replace(/\/$/u, "");
  if (normal.startsWith("/") || normal === ".." || normal.startsWith("../")) {
    throw new InvalidArchiveError(`${where} names a file outside itself: ${JSON.stringify(name)}`);
  }
  return normal;
}

/** The tar itself, whatever it is packed in: known by its first bytes, not by a name. */
async function* decompressed({ where, bytes }: ArchiveInput): AsyncIterable<Uint8Array> {
  const [head, all] = await peek(bytes);
  if (head.length === 0) throw new InvalidArchiveError(`${where} is empty`);
  const packing = packingOf(head);
  if (packing === "none") {
    yield* all;
    return;
  }
  const unpacker = packing === "gzip" ? zlib.createGunzip() : zstd(where);
  const feeding = pipeline(Readable.from(all), unpacker);
  feeding.catch(() => undefined); // reading from it ends with the same failure
  yield* unpacker as AsyncIterable<Buffer>;
  await feeding;
}

function packingOf(head: Uint8Array): "gzip" | "zstd" | "none" {
  if (head[0] === 0x1f && head[1] === 0x8b) return "gzip";
  return head[0] === 0x28 && head[1] === 0xb5 && head[2] === 0x2f && head[3] === 0xfd ? "zstd" : "none";
}

function zstd(where: string): NodeJS.ReadWriteStream & AsyncIterable<unknown> {
  const create = (zlib as { createZstdDecompress?: () => NodeJS.ReadWriteStream & AsyncIterable<unknown> })
    .createZstdDecompress;
  if (create !== undefined) return create();
  throw new InvalidArchiveError(`${where} is packed with zstd, which this version of Node cannot unpack`, {
    hint: "use Node 22.15 or newer, or unpack it first: zstd -dc FILE | crikit load",
  });
}

/** The first four bytes, and everything from the start again. */
async function peek(bytes: AsyncIterable<Uint8Array>): Promise<readonly [Uint8Array, AsyncIterable<Uint8Array>]> {
  const iterator = bytes[Symbol.asyncIterator]();
  const held: Uint8Array[] = [];
  let length = 0;
  while (length < 4) {
    const next = await iterator.next();
    if (next.done === true) break;
    held.push(next.value);
    length += next.value.byteLength;
  }
  async function* all(): AsyncIterable<Uint8Array> {
    yield* held;
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value;
  }
  return [Buffer.concat(held), all()];
}
