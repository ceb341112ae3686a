import { InvalidArchiveError } from "../errors.ts";
import { type Descriptor, describe, mediaTypes, type Platform } from "./descriptor.ts";
import type { ImageSource, NamedImage } from "./image-source.ts";

/** A file of an image. Owned by root, dated 1970: the same image is the same bytes everywhere. */
export type ImageFile =
  | { readonly path: string; readonly mode?: number; readonly content: Uint8Array }
  | { readonly path: string; readonly linkTo: string }
  | { readonly path: string; readonly mode?: number; readonly folder: true };

/** An image of one layer. */
export interface ImagePlan {
  /** A whole reference. */
  readonly name: string;
  readonly platform: Platform;
  readonly files: readonly ImageFile[];
  readonly config: {
    readonly Entrypoint?: readonly string[];
    readonly Cmd?: readonly string[];
    readonly Env?: readonly string[];
    readonly StopSignal?: string;
  };
}

/** Builds images in memory. The same plans give the same digests, on every machine and at any time. */
export async function buildImages(plans: readonly ImagePlan[]): Promise<ImageSource> {
  const blobs = new Map<string, Uint8Array>();
  const add = (mediaType: string, bytes: Uint8Array): Descriptor => {
    const descriptor = describe(mediaType, bytes);
    blobs.set(descriptor.digest, bytes);
    return descriptor;
  };
  const addJson = (mediaType: string, value: object): Descriptor => add(mediaType, Buffer.from(JSON.stringify(value)));
  const images: NamedImage[] = [];
  for (const { name, platform, files, config } of plans) {
    // Not packed: it is read from memory and written to a socket of this machine.
    const layer = add(mediaTypes.ociLayer, await tarOf(files));
    const settings = addJson(mediaTypes.ociConfig, {
      architecture: platform.architecture,
      os: platform.os,
      config,
      rootfs: { type: "layers", diff_ids: [layer.digest] },
    });
    const target = addJson(mediaTypes.ociManifest, {
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: settings,
      layers: [layer],
    });
    images.push({ name, target });
  }
  return {
    where: "the images that crikit makes",
    images,
    async *read(digest) {
      const bytes = blobs.get(digest);
      if (bytes === undefined) throw new InvalidArchiveError(`there is no blob ${digest}`);
      yield bytes;
    },
  };
}

/** A tar of these files, in the order of their names. @see POSIX pax, ustar */
export async function tarOf(files: readonly ImageFile[]): Promise<Uint8Array> {
  const { pack } = await import("tar-stream");
  const tar = pack();
  const sorted = files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  for (const file of sorted) {
    const common = { name: file.path, mtime: new Date(0), uid: 0, gid: 0 };
    if ("linkTo" in file) tar.entry({ ...common, type: "symlink", linkname: file.linkTo, mode: 0o777 });
    else if ("folder" in file) tar.entry({ ...common, type: "directory", mode: file.mode ?? 0o755 });
    else tar.entry({ ...common, mode: file.mode ?? 0o644 }, Buffer.from(file.content));
  }
  tar.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of tar) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
}

/** An OCI layout as the entries of a tar, for whoever wants a file of it. @see OCI image-spec image-layout.md */
export async function layoutFiles(source: ImageSource, digests: readonly string[]): Promise<readonly ImageFile[]> {
  const index = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociIndex,
    manifests: source.images.map(({ name, target }) => ({
      ...target,
      annotations: name === undefined ? {} : { "io.containerd.image.name": name },
    })),
  };
  const blobs = digests.map(async (digest) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of source.read(digest)) chunks.push(chunk);
    return { path: `blobs/${digest.replace(":", "/")}`, content: Buffer.concat(chunks) };
  });
  return [
    { path: "oci-layout", content: Buffer.from('{"imageLayoutVersion":"1.0.0"}') },
    { path: "index.json", content: Buffer.from(JSON.stringify(index)) },
    ...(await Promise.all(blobs)),
  ];
}
