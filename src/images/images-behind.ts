import { bounded } from "../bounded.ts";
import { createContainerdServices } from "../containerd/services.ts";
import type { Line } from "../cri/connect.ts";
import type { Container } from "../cri/messages.ts";
import { NotFoundError, UnimplementedError } from "../errors.ts";
import type { CallOptions } from "../rpc/call-options.ts";

/** Where containerd's CRI plugin keeps what a container was made of, as JSON. @see containerd internal/cri/labels */
const metadataExtension = "io.cri-containerd.container.metadata";

/** `container` or `sandbox`. */
const kindLabel = "io.cri-containerd.kind";

/** How many statuses are asked for at once. */
const concurrency = 16;

/** Which containers count. */
export interface UsedByOptions extends CallOptions {
  /** Ids of containers and pods that are to be removed, and need their images no longer. */
  readonly without?: ReadonlySet<string> | undefined;
}

/**
 * The images that are in use where CRI's list of containers does not show it, by name or id: mounted as volumes, or holding
 * a pod sandbox. containerd's own records have them all in one call; of what they do not tell, and on another runtime, the
 * status of each container does.
 *
 * @see CRI ContainerConfig.mounts and ContainerStatus.mounts, Mount.image
 */
export async function imagesBehind(
  line: Line,
  containers: readonly Container[],
  { without = new Set(), ...options }: UsedByOptions = {},
): Promise<readonly string[]> {
  const known = await fromRecords(line, options);
  const unknown = containers.filter(({ id }) => !known.has(id));
  const asked = await bounded(unknown, concurrency, async ({ id }) => fromStatus(line, id, options));
  const recorded = [...known].filter(([id]) => !without.has(id)).map(([, images]) => images);
  return [...recorded, ...asked].flat();
}

async function fromRecords(line: Line, options: CallOptions): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, readonly string[]>();
  const { containers } = createContainerdServices({ ...line.caller, explain: undefined });
  try {
    for await (const { container } of containers.listStream({}, options)) {
      if (container === undefined) continue;
      const { id, image, extensions, labels } = container;
      const mounted = labels[kindLabel] === "sandbox" ? [] : mountedIn(extensions[metadataExtension]?.value);
      if (mounted !== undefined) found.set(id, [image, ...mounted]);
    }
  } catch (error) {
    if (!(error instanceof UnimplementedError)) throw error;
  }
  return found;
}

/** The JSON is containerd's own affair: what does not look as expected says nothing. */
function mountedIn(metadata: Uint8Array | undefined): readonly string[] | undefined {
  if (metadata === undefined) return undefined;
  const mounts = fieldOf(fieldOf(fieldOf(parsed(metadata), "Metadata"), "Config"), "mounts");
  if (mounts === undefined)
    return fieldOf(fieldOf(parsed(metadata), "Metadata"), "Config") === undefined ? undefined : [];
  if (!Array.isArray(mounts)) return undefined;
  return mounts.flatMap((mount) => {
    const image = fieldOf(mount, "image");
    return [fieldOf(image, "image"), fieldOf(image, "image_ref")].filter((name) => typeof name === "string");
  });
}

function fieldOf(value: unknown, field: string): unknown {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>)[field] : undefined;
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString("utf8")) as unknown;
  } catch {
    return undefined;
  }
}

async function fromStatus(line: Line, containerId: string, options: CallOptions): Promise<readonly string[]> {
  try {
    const { status } = await line.runtime.containerStatus({ containerId }, options);
    return (status?.mounts ?? []).flatMap(({ image }) => [image?.image ?? "", image?.imageRef ?? ""]);
  } catch (error) {
    if (error instanceof NotFoundError) return []; // it has gone since
    throw error;
  }
}
