import type { ContainerdServices } from "../containerd/services.ts";
import { MalformedAnswerError } from "../errors.ts";

/** A manifest or a config is far smaller; what is not is none. OCI's distribution-spec has 4 MiB for a manifest. */
const limitBytes = 8 * 1024 * 1024;

/**
 * Reads a small blob, a manifest or an image's config, from containerd's content store.
 *
 * @throws {NotFoundError} when it is not there
 * @throws {MalformedAnswerError} when it is larger than such a thing can be
 * @see containerd.services.content.v1.Content.Read
 */
export async function readBlob(
  store: Pick<ContainerdServices["content"], "read">,
  digest: string,
  signal?: AbortSignal,
): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const { data } of store.read({ digest }, { signal })) {
    bytes += data.byteLength;
    if (bytes > limitBytes) throw new MalformedAnswerError(`${digest} is too large for a manifest or a config`);
    pieces.push(data);
  }
  return Buffer.concat(pieces);
}
