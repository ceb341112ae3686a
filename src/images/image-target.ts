import type { ContainerdServices } from "../containerd/services.ts";
import type { Image } from "../cri/messages.ts";
import { NotFoundError } from "../errors.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { CallOptions } from "../rpc/call-options.ts";
import { nameOf, namesAndId } from "./image-words.ts";

/**
 * What the names of an image point to in containerd: its manifest, or an index of manifests.
 *
 * @throws {NotFoundError} when containerd has no record under any of its names
 * @see containerd.services.images.v1.Images.Get
 */
export async function targetOf(
  images: Pick<ContainerdServices["images"], "get">,
  image: Image,
  options: CallOptions = {},
): Promise<Descriptor> {
  for (const name of namesAndId(image)) {
    const record = await images.get({ name }, options).catch(notThere);
    const target = record?.image?.target;
    if (target === undefined) continue;
    return { mediaType: target.mediaType, digest: target.digest, size: Number(target.size) };
  }
  throw new NotFoundError(`containerd has no record of ${nameOf(image)}`);
}

function notThere(error: unknown): undefined {
  if (error instanceof NotFoundError) return undefined;
  throw error;
}
