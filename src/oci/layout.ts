import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { InvalidArchiveError } from "../errors.ts";
import { readDescriptor } from "./descriptor.ts";
import { type ImageSource, largestJsonBytes, type NamedImage, parseObject } from "./image-source.ts";

/** Files by their names in a layout: a folder's, or those of an archive that was unpacked. */
export interface Files {
  readonly where: string;
  /** The path of a file that holds the entry, `undefined` when there is no such entry. */
  path(name: string): string | undefined;
}

/** An OCI image layout in a folder. @see OCI image-spec image-layout.md */
export async function openLayoutFolder(folder: string): Promise<ImageSource> {
  return openLayout({ where: folder, path: (name) => `${folder}/${name}` });
}

/**
 * An OCI image layout: `oci-layout`, `index.json`, `blobs/sha256/…`.
 *
 * @throws {InvalidArchiveError} when it is none
 */
export async function openLayout(files: Files): Promise<ImageSource> {
  const { where } = files;
  const { manifests } = parseObject(await readEntry(files, "index.json"), `${where}: index.json`);
  if (!Array.isArray(manifests)) throw new InvalidArchiveError(`${where}: index.json lists no manifests`);
  return {
    where,
    images: manifests.map((entry: unknown): NamedImage => {
      const target = readDescriptor(entry, `${where}: index.json`);
      return { name: nameIn(target.annotations), target };
    }),
    read: (digest) => readBlob(files, `blobs/${digest.replace(":", "/")}`, digest),
  };
}

/** A small entry, whole. @throws {InvalidArchiveError} when it is not there, or too large to be what it should */
export async function readEntry(files: Files, name: string): Promise<Buffer> {
  const path = files.path(name);
  const sizeBytes = path === undefined ? undefined : await sizeOf(path);
  if (path === undefined || sizeBytes === undefined) {
    throw new InvalidArchiveError(`${files.where} is no image: it has no ${name}`, {
      hint: "crikit reads OCI layouts (folder or tar) and docker-archives (what 'docker save' writes)",
    });
  }
  if (sizeBytes > largestJsonBytes) {
    throw new InvalidArchiveError(`${files.where}: ${name} is too large to be true: ${sizeBytes} bytes`);
  }
  return readFile(path);
}

/** The bytes of a blob that stands under `name`. @throws {InvalidArchiveError} when it is not there */
export async function* readBlob(files: Files, name: string, digest: string): AsyncIterable<Uint8Array> {
  const path = files.path(name);
  if (path === undefined || (await sizeOf(path)) === undefined) {
    throw new InvalidArchiveError(`${files.where}: the blob ${digest} is missing`);
  }
  yield* createReadStream(path, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>;
}

/** `undefined` when there is no file: reading a folder would fail, and a pipe would never end. */
async function sizeOf(path: string): Promise<number | undefined> {
  try {
    const entry = await stat(path);
    return entry.isFile() ? entry.size : undefined;
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR")) {
      return undefined;
    }
    throw error;
  }
}

/** The name that one of the annotations gives; `ref.name` is often only a tag, which names nothing by itself. */
function nameIn(annotations: Readonly<Record<string, string>> = {}): string | undefined {
  const reference = annotations["org.opencontainers.image.ref.name"];
  return annotations["io.containerd.image.name"] ?? (/[/:]/u.test(reference ?? "") ? reference : undefined);
}
