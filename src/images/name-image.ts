import type { ContainerdServices } from "../containerd/services.ts";
import { AlreadyExistsError, NotFoundError } from "../errors.ts";
import type { Scope } from "../lifetime.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { CallOptions } from "../rpc/call-options.ts";

/** What containerd's CRI plugin has to know of an image beside its blobs. */
export interface ImageToName {
  readonly name: string;
  readonly target: Descriptor;
  /** Whether the runtime must never remove it by itself. */
  readonly pinned: boolean;
}

/** Says that CRI looks after the image. @see containerd's pkg/cri/labels */
const managedLabel = "io.cri-containerd.image";
/** Says that CRI reports it as pinned, so that nobody's garbage collection takes it. */
const pinnedLabel = "io.cri-containerd.pinned";

/**
 * Points a name to an image that is written. Of a name that is there already only its target changes: what else stands in
 * its record is somebody's. `undo` gets what makes it as it was before.
 *
 * @see containerd.services.images.v1.Images
 */
export async function nameImage(
  { images }: ContainerdServices,
  { name, target: { mediaType, digest, size }, pinned }: ImageToName,
  undo: Scope,
  { signal }: Pick<CallOptions, "signal">,
): Promise<void> {
  const labels = { [managedLabel]: "managed", ...(pinned ? { [pinnedLabel]: "pinned" } : {}) };
  const image = { name, labels, target: { mediaType, digest, size: BigInt(size) } };
  const update = { image, updateMask: ["target", ...Object.keys(labels).map((label) => `labels.${label}`)] };
  const former = await images.get({ name }, { signal }).catch(notThere);
  // Before the call: one that we gave up on may still succeed over there.
  undo.defer(() => (former?.image === undefined ? images.delete({ name }).catch(notThere) : images.update(former)));
  if (former !== undefined) {
    await images.update(update, { signal });
    return;
  }
  try {
    await images.create({ image }, { signal });
  } catch (error) {
    if (!(error instanceof AlreadyExistsError)) throw error;
    await images.update(update, { signal }); // somebody was quicker
  }
}

function notThere(error: unknown): undefined {
  if (error instanceof NotFoundError) return undefined;
  throw error;
}
