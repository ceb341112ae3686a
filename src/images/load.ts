import { randomUUID } from "node:crypto";
import { createContainerdServices, type ContainerdServices } from "../containerd/services.ts";
import type { Line } from "../cri/connect.ts";
import { Scope } from "../lifetime.ts";
import type { Platform } from "../oci/descriptor.ts";
import type { ImageSource } from "../oci/image-source.ts";
import { platformText, thisPlatform } from "../oci/platform.ts";
import type { CallOptions } from "../rpc/call-options.ts";
import { blobsOf, type ImageBlobs } from "./image-blobs.ts";
import { checkDigestOfName, namesOf } from "./image-names.ts";
import { nameImage } from "./name-image.ts";
import { onlyContainerd } from "./only-containerd.ts";
import { untilNamed } from "./visible.ts";
import { writeBlob } from "./write-blob.ts";

/** How images are loaded. */
export interface LoadOptions extends Pick<CallOptions, "signal"> {
  /** The name to give; for a source of one image. Without it each image has the name that its source gives it. */
  readonly tag?: string | undefined;
  /** Which manifest of an index has to be whole; this machine's platform when absent. */
  readonly platform?: Platform | undefined;
  /** Images that the runtime must never remove by itself. */
  readonly pinned?: readonly string[] | undefined;
  /** Told what is being done. */
  readonly onProgress?: ((step: string) => void) | undefined;
}

/** An image that the runtime has now. */
export interface LoadedImage {
  readonly name: string;
  /** Of its manifest, or of the index of its manifests. */
  readonly digest: string;
  /** What CRI knows it by: the digest of its config. */
  readonly id: string;
  /** What it runs on, such as `linux/amd64`: of an image for many, what was chosen. Absent when its config does not say. */
  readonly platform: string | undefined;
  /** Bytes of everything that was needed of it. */
  readonly sizeBytes: number;
}

/**
 * Loads images into containerd, so that CRI can run them at once: every blob is verified first, then written under a lease,
 * then named. When it fails, every name is what it was before and the lease is gone, so nothing is left.
 *
 * @throws {InvalidArchiveError} when a blob is missing, cut short or changed, or a name ends in another image's digest
 * @throws {UsageError} when an image has no name, or `tag` is to name several
 * @throws {UnimplementedError} when the runtime is not containerd: CRI itself cannot load
 * @throws {CancelledError} when `signal` aborts
 */
export async function loadImages(
  line: Line,
  source: ImageSource,
  options: LoadOptions = {},
): Promise<readonly LoadedImage[]> {
  const say = options.onProgress ?? ((): void => undefined);
  const images = await checkImages(source, options, say);
  await using lease = new Scope();
  const containerd = await underLease(line, lease, options);
  const written = new Set<string>();
  for (const { name, blobs, platform } of images) {
    say(`loading ${name}${platform === undefined ? "" : ` for ${platformText(platform)}`}`);
    for (const blob of blobs) {
      if (!written.has(blob.digest)) await writeBlob(containerd, source, blob, options);
      written.add(blob.digest);
    }
  }
  await using naming = new Scope();
  for (const { name, target } of images) {
    const pinned = options.pinned?.includes(name) === true;
    await nameImage(containerd, { name, target, pinned }, naming, options);
  }
  for (const { name, config } of images) await untilNamed(line, { name, id: config.digest }, options);
  naming.keep();
  return images.map(({ name, target, config, platform, blobs }) => ({
    name,
    digest: target.digest,
    id: config.digest,
    platform: platform && platformText(platform),
    sizeBytes: blobs.reduce((sum, { size }) => sum + size, 0),
  }));
}

type CheckedImage = ImageBlobs & { readonly name: string };

/** Nothing has been sent when this fails. */
async function checkImages(
  source: ImageSource,
  { tag, platform = thisPlatform(), signal }: LoadOptions,
  say: (step: string) => void,
): Promise<readonly CheckedImage[]> {
  const checked = new Map<string, ImageBlobs>();
  const images: CheckedImage[] = [];
  for (const { name, target } of namesOf(source, { tag, platform })) {
    say(`checking ${name}`);
    const blobs = checked.get(target.digest) ?? (await blobsOf(source, target, { platform, signal }));
    checked.set(target.digest, blobs);
    checkDigestOfName(name, blobs.target.digest, source.where);
    images.push({ name, ...blobs });
  }
  return images;
}

/** containerd's services under a lease of their own: what is written stays until it is named, or goes with the lease. */
async function underLease(line: Line, scope: Scope, { signal }: LoadOptions): Promise<ContainerdServices> {
  const id = `crikit-load-${randomUUID()}`;
  const { leases } = createContainerdServices(line.imageCaller);
  // containerd drops a lease that nobody deletes after this; our own death leaves nothing for longer.
  const expires = new Date(Date.now() + 3_600_000).toISOString();
  let answered = false;
  // Before the call: one that we gave up on may still succeed over there.
  scope.defer(async () => {
    await leases.delete({ id, sync: true }).catch((error: unknown) => {
      if (answered) throw error; // else there is none, and why has been told
    });
  });
  try {
    await leases.create({ id, labels: { "containerd.io/gc.expire": expires } }, { signal });
    answered = true;
  } catch (error) {
    throw onlyContainerd(error, line, {
      what: "cannot load images",
      instead: "on another runtime put the image into a registry and pull it",
    });
  }
  return createContainerdServices(line.imageCaller, { lease: id });
}
