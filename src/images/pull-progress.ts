import { setTimeout as sleep } from "node:timers/promises";
import { type ContainerdServices, createContainerdServices } from "../containerd/services.ts";
import type { Line } from "../cri/connect.ts";
import { parseReference } from "../oci/reference.ts";
import { type Layer, manifestPulled } from "./pulled-manifest.ts";

/** How far a pull is. */
export interface PullProgress {
  /** Bytes of the layers that are here. */
  readonly bytes: number;
  /** Bytes of all layers; not known before the runtime has the manifest. */
  readonly totalBytes: number | undefined;
  readonly layersDone: number;
  readonly layers: number | undefined;
}

/** Somebody who watches a pull. */
export interface PullWatch {
  /** Ends the watching; nothing is told after. */
  stop(): Promise<void>;
}

/** Milliseconds between two looks. containerd writes a megabyte at a time, so a closer look would see no more. */
const pauseMs = 250;

/** A layer that is being written goes by this name in containerd's content store. @see containerd remotes.MakeRefKey */
const layerRef = /^layer-(?<digest>sha256:[0-9a-f]{64})$/u;

/**
 * Watches how far an image's layers are, as long as containerd pulls it: what its content store is writing is there for
 * everybody to see, whoever pulls. A failure only ends the watching, and so does a runtime that is not containerd.
 *
 * @see containerd.services.content.v1.Content.ListStatuses
 */
export function watchPull(line: Line, image: string, onProgress: (progress: PullProgress) => void): PullWatch {
  const over = new AbortController();
  // Unheard: a trace of calls would be full of them.
  const { content } = createContainerdServices({ ...line.imageCaller, explain: undefined, onCall: undefined });
  const watching = watch(content, image, { onProgress, signal: over.signal }).catch(() => undefined);
  return {
    async stop() {
      over.abort();
      await watching;
    },
  };
}

interface WatchOptions {
  readonly onProgress: (progress: PullProgress) => void;
  readonly signal: AbortSignal;
}

async function watch(
  content: ContainerdServices["content"],
  image: string,
  { onProgress, signal }: WatchOptions,
): Promise<void> {
  const reference = parseReference(image);
  const here = new Set<string>();
  let layers: readonly Layer[] | undefined;
  for (let last = ""; ;) {
    await sleep(pauseMs, undefined, { signal });
    const writing = await layersBeingWritten(content, signal);
    layers ??= await manifestPulled(content, reference, { digests: [...writing.keys()], signal });
    if (layers === undefined) continue;
    for (const digest of await present(content, waitedFor(layers, here, writing), signal)) here.add(digest);
    const progress = progressOf(layers, here, writing);
    const text = JSON.stringify(progress);
    if (text !== last && !signal.aborted) onProgress(progress);
    last = text;
  }
}

/** Bytes of each layer that somebody is writing. */
async function layersBeingWritten(
  content: ContainerdServices["content"],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, number>> {
  const { statuses } = await content.listStatuses({}, { signal });
  return new Map(
    statuses.flatMap(({ ref, offset }) => {
      const digest = layerRef.exec(ref)?.groups?.["digest"];
      return digest === undefined ? [] : [[digest, Number(offset)]];
    }),
  );
}

/** Layers that are neither known to be here nor being written: they came since the last look, or their turn is to come. */
function waitedFor(
  layers: readonly Layer[],
  here: ReadonlySet<string>,
  writing: ReadonlyMap<string, number>,
): readonly string[] {
  return layers.map(({ digest }) => digest).filter((digest) => !here.has(digest) && !writing.has(digest));
}

async function present(
  content: ContainerdServices["content"],
  digests: readonly string[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (digests.length === 0) return []; // no filter would mean everything
  const found: string[] = [];
  const filters = digests.map((digest) => `digest==${digest}`);
  for await (const { info } of content.list({ filters }, { signal })) found.push(...info.map(({ digest }) => digest));
  return found;
}

function progressOf(
  layers: readonly Layer[],
  here: ReadonlySet<string>,
  writing: ReadonlyMap<string, number>,
): PullProgress {
  const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
  return {
    bytes: sum(layers.map(({ digest, size }) => (here.has(digest) ? size : (writing.get(digest) ?? 0)))),
    totalBytes: sum(layers.map(({ size }) => size)),
    layersDone: layers.filter(({ digest }) => here.has(digest)).length,
    layers: layers.length,
  };
}
