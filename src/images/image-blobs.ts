import { InvalidArchiveError } from "../errors.ts";
import {
  type Descriptor,
  isIndex,
  isManifest,
  type Platform,
  readDescriptor,
  readPlatform,
} from "../oci/descriptor.ts";
import { type ImageSource, readJson, verifyBlob } from "../oci/image-source.ts";
import { platformText, runsOn, thisPlatform } from "../oci/platform.ts";

/** A blob, and the blobs that it keeps alive: containerd's garbage collector follows these labels. */
export interface Blob extends Descriptor {
  readonly labels: Readonly<Record<string, string>>;
}

/** Everything that an image is made of, checked. */
export interface ImageBlobs {
  /** What the image's name has to point to. */
  readonly target: Descriptor;
  readonly config: Descriptor;
  /** What its config says that it runs on. */
  readonly platform: Platform | undefined;
  /** Each before whatever refers to it, and once. */
  readonly blobs: readonly Blob[];
}

/** Which part of an image has to be whole. */
export interface BlobsOptions {
  /** The manifest that is wanted of an index; this machine's when absent. */
  readonly platform?: Platform | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Finds the blobs of an image and checks each against its digest and its size. Of an index only the manifest for one
 * platform has to be whole.
 *
 * @throws {InvalidArchiveError} when one is missing, cut short or changed, or there is nothing for the platform
 * @throws {CancelledError} when `signal` aborts
 */
export async function blobsOf(
  source: ImageSource,
  target: Descriptor,
  options: BlobsOptions = {},
): Promise<ImageBlobs> {
  if (isIndex(target)) return ofIndex(source, target, options);
  if (isManifest(target)) return ofManifest(source, target, options);
  throw new InvalidArchiveError(`${source.where}: crikit does not know what a '${target.mediaType}' is`);
}

async function ofManifest(source: ImageSource, target: Descriptor, { signal }: BlobsOptions): Promise<ImageBlobs> {
  const manifest = await readJson(source, target);
  const where = `${source.where}: the manifest ${target.digest}`;
  const config = readDescriptor(manifest["config"], where);
  if (!Array.isArray(manifest["layers"])) throw new InvalidArchiveError(`${where} has no layers`);
  const layers = manifest["layers"].map((layer: unknown) => readDescriptor(layer, where));
  const platform = readPlatform(await readJson(source, config));
  const leaves = new Map<string, Blob>();
  for (const blob of [...layers, config]) {
    const known = leaves.get(blob.digest);
    if (known?.size === blob.size) continue;
    await verifyBlob(source, blob, signal); // also when it is known by another size: one of the two is a lie
    leaves.set(blob.digest, { ...blob, labels: {} });
  }
  const labels = {
    "containerd.io/gc.ref.content.config": config.digest,
    ...Object.fromEntries(layers.map(({ digest }, at) => [`containerd.io/gc.ref.content.l.${at}`, digest])),
  };
  return { target, config, platform, blobs: [...leaves.values(), { ...target, labels }] };
}

async function ofIndex(source: ImageSource, target: Descriptor, options: BlobsOptions): Promise<ImageBlobs> {
  const index = await readJson(source, target);
  const where = `${source.where}: the index ${target.digest}`;
  if (!Array.isArray(index["manifests"])) throw new InvalidArchiveError(`${where} has no manifests`);
  const manifests = index["manifests"].map((entry: unknown) => readDescriptor(entry, where));
  const chosen = await choose(source, manifests, { where, platform: options.platform ?? thisPlatform() });
  const image = await ofManifest(source, chosen, options);
  // A runtime finds in an index only what runs on its machine. Anything else has to be named by itself.
  if (!runsOn(chosen.platform ?? image.platform, thisPlatform())) return image;
  // Only what is here: a label to a blob that is missing would keep nothing.
  const labels = { [`containerd.io/gc.ref.content.m.${manifests.indexOf(chosen)}`]: chosen.digest };
  return { ...image, target, blobs: [...image.blobs, { ...target, labels }] };
}

/** The first manifest for a platform. An index need not say what its manifests run on; their configs do. */
async function choose(
  source: ImageSource,
  manifests: readonly Descriptor[],
  { where, platform }: { readonly where: string; readonly platform: Platform },
): Promise<Descriptor> {
  const offered: string[] = [];
  for (const manifest of manifests.filter(isManifest)) {
    const its = manifest.platform ?? (await platformOf(source, manifest));
    if (runsOn(its, platform)) return manifest;
    if (its !== undefined) offered.push(platformText(its));
  }
  const only = offered.length === 0 ? "" : `, only for ${offered.join(", ")}`;
  throw new InvalidArchiveError(`${where} has nothing for ${platformText(platform)}${only}`);
}

async function platformOf(source: ImageSource, manifest: Descriptor): Promise<Platform | undefined> {
  const { config } = await readJson(source, manifest);
  return readPlatform(await readJson(source, readDescriptor(config, `${source.where}: ${manifest.digest}`)));
}
