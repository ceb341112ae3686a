import type { ContainerdServices } from "../containerd/services.ts";
import type { content } from "../containerd/messages.ts";
import type { Reference } from "../oci/reference.ts";
import { readBlob } from "./read-blob.ts";

/** A layer of an image: what it takes, packed. */
export interface Layer {
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
}

/** What a pull leaves on every blob: the repository, or several with commas. The host stands there without its port. */
const sourceLabel = "containerd.io/distribution.source.";
/** What a manifest has: the digest of its config. */
const configLabel = "containerd.io/gc.ref.content.config";
/** And of each layer. */
const layerLabel = "containerd.io/gc.ref.content.l.";

/**
 * The layers of the image that is being pulled from a repository, found by those of them that are being written: their
 * manifest is there before they are. Nothing while there is none.
 *
 * @see containerd images.ChildGCLabels, docker.AppendDistributionSourceLabel
 */
export async function manifestPulled(
  store: ContainerdServices["content"],
  { domain, path }: Reference,
  { digests, signal }: { readonly digests: readonly string[]; readonly signal: AbortSignal },
): Promise<readonly Layer[] | undefined> {
  if (digests.length === 0) return undefined;
  const source = `${sourceLabel}${domain.replace(/:\d+$/u, "")}`;
  const filters = [`labels.${JSON.stringify(source)},labels.${JSON.stringify(configLabel)}`];
  const fitting: content.Info[] = [];
  for await (const { info } of store.list({ filters }, { signal })) {
    fitting.push(
      ...info.filter(({ labels }) => labels[source]?.split(",").includes(path) === true && holds(labels, digests)),
    );
  }
  // The youngest: an older image of the repository may share the layer.
  const [manifest] = fitting.toSorted((a, b) => Number((b.createdAt?.seconds ?? 0n) - (a.createdAt?.seconds ?? 0n)));
  if (manifest === undefined) return undefined;
  const { layers } = JSON.parse((await readBlob(store, manifest.digest, signal)).toString("utf8")) as {
    readonly layers: readonly Layer[];
  };
  return [...new Map(layers.map((layer) => [layer.digest, layer])).values()];
}

function holds(labels: Readonly<Record<string, string>>, digests: readonly string[]): boolean {
  return Object.entries(labels).some(([label, value]) => label.startsWith(layerLabel) && digests.includes(value));
}
