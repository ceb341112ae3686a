import { createReadStream, createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { posix } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { CancelledError, CrikitError, InvalidArchiveError } from "../errors.ts";
import { type ArchiveInput, decompress } from "./decompress.ts";
import { openDockerArchive } from "./docker-archive.ts";
import type { ImageSource } from "./image-source.ts";
import { type Files, openLayout } from "./layout.ts";

/** An archive that was unpacked: its folder is gone when it is disposed of. */
export type UnpackedArchive = ImageSource & AsyncDisposable;

/** An archive in a file. It is opened when it is read. */
export function archiveFile(path: string): ArchiveInput {
  const open = (): AsyncIterator<Buffer> =>
    createReadStream(path, { highWaterMark: 1024 * 1024 })[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  return { where: path, bytes: { [Symbol.asyncIterator]: open } };
}

/**
 * Unpacks an image archive into a private folder and opens it: an OCI layout or a docker-archive as a tar, plain, gzip, or
 * zstd where Node has it (22.15). The files get numbers for names, so nothing that the archive says becomes a path.
 *
 * @throws {InvalidArchiveError} when it is none, is cut short, says a thing twice, or names a file outside itself
 * @throws {CancelledError} when `signal` aborts; the folder is gone then
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
    throw failureOf(error, input.where, signal);
  }
}

function failureOf(error: unknown, where: string, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted === true) return new CancelledError(`reading ${where} was cancelled`, { cause: signal.reason });
  if (error instanceof CrikitError) return error;
  if (error instanceof Error && "syscall" in error) return error; // the machine's failure, not the archive's
  const why = error instanceof Error ? error.message : String(error);
  return new InvalidArchiveError(`${where} is cut short or damaged: ${why}`, { cause: error });
}

/** Linux's PATH_MAX: no archive that a program made has a longer name. */
const longestName = 4_096;
/** An image has at most 127 layers, three entries each in an old docker-archive: this is dozens of images. */
const mostEntries = 20_000;

async function unpack(input: ArchiveInput, folder: string, signal: AbortSignal | undefined): Promise<Files> {
  const { where } = input;
  const { extract } = await import("tar-stream");
  const entries = extract();
  const files = new Map<string, { readonly path: string } | { readonly linkTo: string }>();
  let seen = 0;
  const feeding = pipeline(Readable.from(decompress(input)), entries, signal === undefined ? {} : { signal });
  feeding.catch(() => undefined); // the loop below ends with the same failure
  for await (const entry of entries) {
    const { name, type, linkname } = entry.header;
    if (++seen > mostEntries) throw new InvalidArchiveError(`${where} has more than ${mostEntries} entries`);
    const key = insideName(name, where);
    const isFile = type === "file" || type === "contiguous-file";
    const isLink = type === "symlink" || type === "link";
    if ((isFile || isLink) && files.has(key)) throw new InvalidArchiveError(`${where} has ${key} twice`);
    if (isFile) {
      const path = `${folder}/${files.size}`;
      await pipeline(entry, createWriteStream(path, { mode: 0o600, flags: "wx" }));
      files.set(key, { path });
      continue;
    }
    if (isLink) {
      const target = linkname ?? "";
      const relative = type === "symlink" && !target.startsWith("/");
      files.set(key, { linkTo: insideName(relative ? posix.join(posix.dirname(key), target) : target, where) });
    }
    entry.resume();
  }
  await feeding;
  return {
    where,
    path(name) {
      const entry = files.get(name);
      // docker save once wrote a layer that two images share as a link to the first.
      const file = entry !== undefined && "linkTo" in entry ? files.get(entry.linkTo) : entry;
      return file !== undefined && "path" in file ? file.path : undefined;
    },
  };
}

/** An entry's name in one spelling. @throws {InvalidArchiveError} when it leads out of the archive */
function insideName(name: string, where: string): string {
  if (name.length > longestName) throw new InvalidArchiveError(`${where} has a name of ${name.length} characters`);
  const normal = posix.normalize(name).replace(/\/$/u, "");
  if (normal.startsWith("/") || normal === ".." || normal.startsWith("../")) {
    throw new InvalidArchiveError(`${where} names a file outside itself: ${JSON.stringify(name)}`);
  }
  return normal;
}
