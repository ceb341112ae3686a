import { createReadStream } from "node:fs";
import { createHash } from "node:crypto";
import { InvalidArchiveError } from "../errors.ts";
import { type Descriptor, describe, mediaTypes, sha256 } from "./descriptor.ts";
import { type ImageSource, type NamedImage, parseJson, parseObject } from "./image-source.ts";
import { type Files, readBlob, readEntry } from "./layout.ts";

/** An entry of manifest.json. */
interface SavedImage {
  readonly Config: string;
  readonly RepoTags: readonly string[];
  readonly Layers: readonly string[];
}

/**
 * What `docker save` writes: manifest.json, configs and layers by name. It has no manifests, so they are made here, from
 * the digests of what is there.
 *
 * @throws {InvalidArchiveError} when it is none
 */
export async function openDockerArchive(files: Files): Promise<ImageSource> {
  const { where } = files;
  const saved = parseJson(await readEntry(files, "manifest.json"), `${where}: manifest.json`);
  if (!Array.isArray(saved)) throw new InvalidArchiveError(`${where}: manifest.json is not a list`);
  const made = new Map<string, Uint8Array>();
  const names = new Map<string, string>();
  const images: NamedImage[] = [];
  for (const entry of saved) {
    const { Config, RepoTags, Layers } = readSavedImage(entry, where);
    const config = await readEntry(files, Config);
    names.set(sha256(config), Config);
    const layers: Descriptor[] = [];
    for (const layer of Layers) {
      const described = await describeLayer(files, layer);
      names.set(described.digest, layer);
      layers.push(described);
    }
    checkDiffIds(config, layers, where);
    const manifest = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: mediaTypes.ociManifest,
        config: describe(mediaTypes.ociConfig, config),
        layers,
      }),
    );
    const target = describe(mediaTypes.ociManifest, manifest);
    made.set(target.digest, manifest);
    const tags = RepoTags.length === 0 ? [undefined] : RepoTags;
    images.push(...tags.map((name) => ({ name, target })));
  }
  return {
    where,
    images,
    read(digest) {
      const manifest = made.get(digest);
      return manifest === undefined ? readBlob(files, names.get(digest) ?? "", digest) : once(manifest);
    },
  };
}

/** For an uncompressed layer the config's diff_id is its digest: a layer that was changed does not fit any more. */
function checkDiffIds(config: Buffer, layers: readonly Descriptor[], where: string): void {
  const { rootfs } = parseObject(config, `${where}: the config`) as { rootfs?: { diff_ids?: unknown } | null };
  const ids = rootfs?.diff_ids;
  if (!Array.isArray(ids) || ids.length !== layers.length) {
    throw new InvalidArchiveError(
      `${where}: the config names ${Array.isArray(ids) ? ids.length : 0} layers, and there are ${layers.length}`,
    );
  }
  for (const [at, layer] of layers.entries()) {
    if (layer.mediaType === mediaTypes.ociLayer && ids[at] !== layer.digest) {
      throw new InvalidArchiveError(
        `${where}: layer ${at + 1} was changed: it is ${layer.digest} instead of ${String(ids[at])}`,
      );
    }
  }
}

async function describeLayer(files: Files, name: string): Promise<Descriptor> {
  const path = files.path(name);
  if (path === undefined) throw new InvalidArchiveError(`${files.where}: the layer ${name} is missing`);
  const hash = createHash("sha256");
  let size = 0;
  let gzip = false;
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>) {
    if (size === 0) gzip = chunk[0] === 0x1f && chunk[1] === 0x8b;
    hash.update(chunk);
    size += chunk.byteLength;
  }
  return {
    mediaType: gzip ? mediaTypes.ociLayerGzip : mediaTypes.ociLayer,
    digest: `sha256:${hash.digest("hex")}`,
    size,
  };
}

function readSavedImage(entry: unknown, where: string): SavedImage {
  const { Config, RepoTags, Layers } = (entry ?? {}) as Partial<Record<keyof SavedImage, unknown>>;
  const strings = (value: unknown): value is string[] =>
    Array.isArray(value) && value.every((item) => typeof item === "string");
  if (typeof Config !== "string" || !strings(Layers)) {
    throw new InvalidArchiveError(`${where}: manifest.json names no config or no layers`);
  }
  return { Config, Layers, RepoTags: strings(RepoTags) ? RepoTags : [] };
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}
