import { InvalidArchiveError } from "../errors.ts";
import { type Descriptor, isIndex, isManifest, type Platform, readDescriptor } from "../oci/descriptor.ts";
import { type ImageSource, readJson, verifyBlob } from "../oci/image-source.ts";
import { runsOn, thisPlatform } from "../oci/platform.ts";

/** A blob, and the blobs that it keeps alive: containerd's garbage collector follows these labels. */
export interface Blob extends Descriptor {
  readonly labels: Readonly<Record<string, string>>;
}

/** Everything that an image is made of, checked. */
export interface ImageBlobs {
  readonly target: Descriptor;
  readonly config: Descriptor;
  /** Each before whatever refers to it. */
  readonly blobs: readonly Blob[];
}

/**
 * Finds the blobs of an image and checks each against its digest and its size. Of an index only the manifest for one
 * platform has to be whole.
 *
 * @throws {InvalidArchiveError} when one is missing, cut short or changed, or there is nothing for the platform
 */
export async function blobsOf(
  source: ImageSource,
  target: Descriptor,
  { platform = thisPlatform() }: { readonly platform?: Platform | undefined } = {},
): Promise<ImageBlobs> {
  if (isIndex(target)) return ofIndex(source, target, platform);
  if (isManifest(target)) return ofManifest(source, target);
  throw new InvalidArchiveError(`${source.where}: crikit does not know what a '${target.mediaType}' is`);
}

async function ofManifest(source: ImageSource, target: Descriptor): Promise<ImageBlobs> {
  const manifest = (await readJson(source, target)) as { config?: unknown; layers?: unknown };
  const where = `${source.where}: the manifest ${target.digest}`;
  const config = readDescriptor(manifest.config, where);
  if (!Array.isArray(manifest.layers)) throw new InvalidArchiveError(`${where} has no layers`);
  const layers = manifest.layers.map((layer: unknown) => readDescriptor(layer, where));
  for (const blob of [config, ...layers]) await verifyBlob(source, blob);
  const labels = {
    "containerd.io/gc.ref.content.config": config.digest,
    ...Object.fromEntries(layers.map(({ digest }, at) => [`containerd.io/gc.ref.content.l.${at}`, digest])),
  };
  const leaves = [...layers, config].map((blob) => ({ ...blob, labels: {} }));
  return { target, config, blobs: [...leaves, { ...target, labels }] };
}

async function ofIndex(source: ImageSource, target: Descriptor, platform: Platform): Promise<ImageBlobs> {
  const index = (await readJson(source, target)) as { manifests?: unknown };
  const where = `${source.where}: the index ${target.digest}`;
  if (!Array.isArray(index.manifests)) throw new InvalidArchiveError(`${where} has no manifests`);
  const manifests = index.manifests.map((entry: unknown) => readDescriptor(entry, where));
  const chosen = manifests.find((manifest) => isManifest(manifest) && runsOn(manifest.platform, platform));
  if (chosen === undefined) {
    const offered = manifests.flatMap(({ platform: of }) => (of === undefined ? [] : [`${of.os}/${of.architecture}`]));
    throw new InvalidArchiveError(
      `${where} has nothing for ${platform.os}/${platform.architecture}, only ${offered.join(", ")}`,
    );
  }
  const { config, blobs } = await ofManifest(source, chosen);
  // Only what is here: a label to a blob that is missing would keep nothing.
  const labels = { [`containerd.io/gc.ref.content.m.${manifests.indexOf(chosen)}`]: chosen.digest };
  return { target, config, blobs: [...blobs, { ...target, labels }] };
}
