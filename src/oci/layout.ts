import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { InvalidArchiveError } from "../errors.ts";
import { readDescriptor } from "./descriptor.ts";
import { type ImageSource, type NamedImage, parseJson } from "./image-source.ts";
import { normalReference } from "./reference.ts";

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
  const index = parseJson(await readEntry(files, "index.json"), `${where}: index.json`) as { manifests?: unknown };
  if (!Array.isArray(index.manifests)) throw new InvalidArchiveError(`${where}: index.json lists no manifests`);
  return {
    where,
    images: index.manifests.map((entry: unknown): NamedImage => {
      const target = readDescriptor(entry, `${where}: index.json`);
      return { name: nameIn(target.annotations), target };
    }),
    read: (digest) => readBlob(files, `blobs/${digest.replace(":", "/")}`, digest),
  };
}

/** The text of an entry. @throws {InvalidArchiveError} when it is not there */
export async function readEntry(files: Files, name: string): Promise<string> {
  const path = files.path(name);
  try {
    if (path !== undefined) return await readFile(path, "utf8");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  }
  throw new InvalidArchiveError(`${files.where} is no image: it has no ${name}`, {
    hint: "crikit reads OCI layouts (folder or tar) and docker-archives (what 'docker save' writes)",
  });
}

/** The bytes of a blob that stands under `name`. @throws {InvalidArchiveError} when it is not there */
export async function* readBlob(files: Files, name: string, digest: string): AsyncIterable<Uint8Array> {
  const path = files.path(name);
  try {
    if (path === undefined) throw new InvalidArchiveError(`${files.where}: the blob ${digest} is missing`);
    yield* createReadStream(path, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>;
  } catch (error) {
    const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
    throw missing ? new InvalidArchiveError(`${files.where}: the blob ${digest} is missing`, { cause: error }) : error;
  }
}

/** A whole reference if one of the annotations is one; `ref.name` is often only a tag, which names nothing by itself. */
function nameIn(annotations: Readonly<Record<string, string>> = {}): string | undefined {
  const whole = annotations["io.containerd.image.name"];
  const reference = annotations["org.opencontainers.image.ref.name"];
  if (whole !== undefined) return normalReference(whole);
  return reference?.includes("/") === true ? normalReference(reference) : undefined;
}
