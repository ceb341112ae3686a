import { createContainerdServices } from "../containerd/services.ts";
import type { Line } from "../cri/connect.ts";
import type { Image } from "../cri/messages.ts";
import type { CallOptions } from "../rpc/call-options.ts";
import { namesAndId } from "./image-words.ts";
import { onlyContainerd } from "./only-containerd.ts";

/**
 * When each image came to this machine, by its id, in nanoseconds since 1970: when containerd made the first record of it.
 * That is not when it was built, which many builds say wrong on purpose. One call for all.
 *
 * @throws {UnimplementedError} when the runtime is not containerd
 * @see containerd.services.images.v1.Images.List
 */
export async function arrivalsOf(
  line: Line,
  images: readonly Image[],
  options: CallOptions = {},
): Promise<ReadonlyMap<string, bigint>> {
  const records = new Map<string, bigint>();
  try {
    const { images: named } = createContainerdServices({ ...line.imageCaller, explain: undefined });
    for (const { name, createdAt } of (await named.list({}, options)).images) {
      if (createdAt !== undefined) records.set(name, createdAt.seconds * 1_000_000_000n + BigInt(createdAt.nanos));
    }
  } catch (error) {
    throw onlyContainerd(error, line, { what: "does not say when its images came" });
  }
  return new Map(
    images.map((image) => {
      const times = namesAndId(image).flatMap((name) => records.get(name) ?? []);
      return [image.id, times.reduce((first, time) => (first === 0n || time < first ? time : first), 0n)];
    }),
  );
}
