import { randomUUID } from "node:crypto";
import type { ContainerdServices } from "../containerd/services.ts";
import { WriteAction } from "../containerd/write-action.ts";
import { AlreadyExistsError } from "../errors.ts";
import type { ImageSource } from "../oci/image-source.ts";
import type { CallOptions } from "../rpc/call-options.ts";
import type { Blob } from "./image-blobs.ts";

/** Bytes of one message: well below the 4 MiB that gRPC servers take. */
const pieceBytes = 1024 * 1024;

/**
 * Writes one blob into containerd's content store, which checks its digest and its size once more. One that is there
 * already is left alone, but gets the labels.
 *
 * @see containerd.services.content.v1.Content.Write
 */
export async function writeBlob(
  { content }: ContainerdServices,
  source: ImageSource,
  { digest, size, labels }: Blob,
  { signal }: CallOptions,
): Promise<void> {
  // A name of its own: two who write the same blob at once would lock each other out of one.
  const ref = `crikit-${randomUUID()}`;
  const about = { ref, total: BigInt(size), expected: digest };
  const call = content.write({ signal });
  const answers = call[Symbol.asyncIterator]();
  try {
    let offset = 0n;
    for await (const piece of pieces(source.read(digest))) {
      await call.send({ action: WriteAction.WRITE, ...about, offset, data: Buffer.from(piece) });
      await answers.next();
      offset += BigInt(piece.byteLength);
    }
    await call.send({ action: WriteAction.COMMIT, ...about, offset, labels });
    await answers.next();
    await call.end();
  } catch (error) {
    if (!(error instanceof AlreadyExistsError)) {
      await content.abort({ ref }).catch(() => undefined); // the first failure is the one to tell
      throw error;
    }
    await relabel(content, { digest, labels }, { signal });
  } finally {
    await answers.return?.(undefined);
  }
}

async function relabel(
  content: ContainerdServices["content"],
  { digest, labels }: Pick<Blob, "digest" | "labels">,
  options: CallOptions,
): Promise<void> {
  const paths = Object.keys(labels).map((label) => `labels.${label}`);
  if (paths.length > 0) await content.update({ info: { digest, labels }, updateMask: paths }, options);
}

async function* pieces(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.byteLength; at += pieceBytes) yield chunk.subarray(at, at + pieceBytes);
  }
}
