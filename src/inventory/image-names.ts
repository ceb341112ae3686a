import type { ImageService } from "../cri/services.ts";
import type { CallOptions } from "../rpc/call-options.ts";

/**
 * The first tag of every image, by its id and by each of its digests: what a container's image reference can be.
 *
 * @see CRI ImageService.ListImages
 */
export async function imageNames(
  image: Pick<ImageService, "listImages">,
  options: CallOptions = {},
): Promise<ReadonlyMap<string, string>> {
  const { images } = await image.listImages({}, options);
  return new Map(
    images.flatMap(({ id, repoTags: [tag], repoDigests }) =>
      tag === undefined ? [] : [id, ...repoDigests].map((name) => [name, tag] as const),
    ),
  );
}
