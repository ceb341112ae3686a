import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { createContainerdServices, type ContainerdServices } from "../containerd/services.ts";
import type { Line } from "../cri/connect.ts";
import {
  AlreadyExistsError,
  InvalidArchiveError,
  RuntimeFailedError,
  UnimplementedError,
  UsageError,
} from "../errors.ts";
import { Scope } from "../lifetime.ts";
import type { Descriptor, Platform } from "../oci/descriptor.ts";
import type { ImageSource } from "../oci/image-source.ts";
import { normalReference } from "../oci/reference.ts";
import type { CallOptions } from "../rpc/call-options.ts";
import { blobsOf, type ImageBlobs } from "./image-blobs.ts";
import { writeBlob } from "./write-blob.ts";

/** How images are loaded. */
export interface LoadOptions extends CallOptions {
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
  /** Bytes of everything that was needed of it. */
  readonly sizeBytes: number;
}

/** Milliseconds in which CRI has to see an image that containerd has. Measured: a fraction of a second. */
const visibleWithinMs = 15_000;

/**
 * Loads images into containerd, so that CRI can run them at once: every blob is verified first, then written under a lease,
 * then named. When it fails, nothing is named and the lease is gone, so nothing is left.
 *
 * @throws {InvalidArchiveError} when a blob is missing, cut short or changed
 * @throws {UsageError} when an image has no name, or `tag` is to name several
 * @throws {UnimplementedError} when the runtime is not containerd: CRI itself cannot load
 */
export async function loadImages(
  line: Line,
  source: ImageSource,
  options: LoadOptions = {},
): Promise<readonly LoadedImage[]> {
  const named = namesOf(source, options.tag);
  const say = options.onProgress ?? ((): void => undefined);
  const images: (ImageBlobs & { readonly name: string })[] = [];
  for (const { name, target } of named) {
    say(`checking ${name}`);
    images.push({ name, ...(await blobsOf(source, target, options)) });
  }
  await using scope = new Scope();
  const containerd = await underLease(line, scope, options);
  for (const image of images) {
    say(`loading ${image.name}`);
    for (const blob of image.blobs) await writeBlob(containerd, source, blob, options);
  }
  const loaded: LoadedImage[] = [];
  for (const { name, target, config, blobs } of images) {
    await nameImage(containerd, name, target, { ...options, pinned: options.pinned?.includes(name) === true });
    await visible(line, name, config.digest, options);
    loaded.push({
      name,
      digest: target.digest,
      id: config.digest,
      sizeBytes: blobs.reduce((sum, { size }) => sum + size, 0),
    });
  }
  return loaded;
}

function namesOf(
  { where, images }: ImageSource,
  tag: string | undefined,
): readonly { name: string; target: Descriptor }[] {
  if (images.length === 0) throw new InvalidArchiveError(`${where} holds no image`);
  const targets = new Set(images.map(({ target }) => target.digest));
  if (tag !== undefined && targets.size > 1) {
    throw new UsageError(`${where} holds ${targets.size} images, and --tag names one`);
  }
  const [first] = images;
  if (tag !== undefined && first !== undefined) return [{ name: normalReference(tag), target: first.target }];
  return images.map(({ name, target }) => {
    if (name !== undefined) return { name, target };
    throw new UsageError(`${where} does not say what its image is called`, { hint: "name it with --tag NAME" });
  });
}

/** containerd's services under a lease of their own: what is written stays until it is named, or goes with the lease. */
async function underLease(line: Line, scope: Scope, { signal }: CallOptions): Promise<ContainerdServices> {
  const id = `crikit-load-${randomUUID()}`;
  const { leases } = createContainerdServices(line.caller);
  // containerd drops a lease that nobody deletes after this; our own death leaves nothing for longer.
  const expires = new Date(Date.now() + 3_600_000).toISOString();
  try {
    await leases.create({ id, labels: { "containerd.io/gc.expire": expires } }, { signal });
  } catch (error) {
    if (!(error instanceof UnimplementedError)) throw error;
    throw new UnimplementedError(`the runtime on ${line.endpoint} cannot load images: CRI has no RPC for it`, {
      endpoint: line.endpoint,
      cause: error,
      hint: "only containerd has services of its own for that; on another runtime put the image into a registry and pull it",
    });
  }
  scope.defer(() => leases.delete({ id, sync: true }));
  return createContainerdServices(line.caller, { lease: id });
}

async function nameImage(
  { images }: ContainerdServices,
  name: string,
  target: Descriptor,
  { signal, pinned }: CallOptions & { readonly pinned: boolean },
): Promise<void> {
  const labels = {
    "io.cri-containerd.image": "managed",
    ...(pinned ? { "io.cri-containerd.pinned": "pinned" } : {}),
  };
  const { mediaType, digest, size } = target;
  const image = { name, labels, target: { mediaType, digest, size: BigInt(size) } };
  try {
    await images.create({ image }, { signal });
  } catch (error) {
    if (!(error instanceof AlreadyExistsError)) throw error;
    await images.update({ image }, { signal });
  }
}

/** Waits until CRI knows the image by its name: containerd tells its CRI plugin by an event. */
async function visible(line: Line, name: string, id: string, { signal }: CallOptions): Promise<void> {
  const deadline = Date.now() + visibleWithinMs;
  for (let pauseMs = 5; ; pauseMs = Math.min(pauseMs * 2, 250)) {
    const { image } = await line.image.imageStatus({ image: { image: name } }, { signal });
    if (image?.id === id) return;
    if (Date.now() > deadline) {
      throw new RuntimeFailedError(
        `${name} is in containerd, but CRI does not see it after ${visibleWithinMs / 1_000} s`,
        { status: "UNKNOWN", answer: image?.id ?? "" },
        { endpoint: line.endpoint, rpc: "ImageStatus", hint: "look at containerd's log" },
      );
    }
    await sleep(pauseMs, undefined, { signal });
  }
}
