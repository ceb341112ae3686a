import { createContainerdServices, type ContainerdServices } from "../containerd/services.ts";
import type { Line } from "../cri/connect.ts";
import type { Image } from "../cri/messages.ts";
import { MalformedAnswerError, NotFoundError } from "../errors.ts";
import { type Descriptor, isIndex, isManifest, readDescriptor } from "../oci/descriptor.ts";
import type { CallOptions } from "../rpc/call-options.ts";
import { targetOf } from "./image-target.ts";
import { matchImages, nameOf } from "./image-words.ts";
import { onlyContainerd } from "./only-containerd.ts";
import { readBlob } from "./read-blob.ts";

/** One step of an image's making. */
export interface HistoryStep {
  /** RFC 3339, as the image has it; empty when it does not say. */
  readonly created: string;
  /** The command or the instruction. */
  readonly createdBy: string;
  readonly comment: string;
  /** The layer that it made; absent for a step that only changed the config. */
  readonly layer?: string;
  /** Bytes of that layer, packed as it came. */
  readonly sizeBytes: number;
}

/** How an image was made, the last step first. */
export interface ImageHistory {
  readonly id: string;
  readonly name: string;
  readonly steps: readonly HistoryStep[];
}

/**
 * How an image was made, as its config tells it, with what each layer takes.
 *
 * @param word any name or id of the image
 * @throws {NotFoundError} and {AmbiguousError} when there is no such image, or several
 * @throws {UnimplementedError} when the runtime is not containerd, whose content store has the config
 * @throws {MalformedAnswerError} when the image's own JSON makes no sense
 * @see OCI image-spec config.md, history
 */
export async function imageHistory(line: Line, word: string, options: CallOptions = {}): Promise<ImageHistory> {
  const [image] = matchImages([word], (await line.image.listImages({}, options)).images);
  if (image === undefined) throw new NotFoundError(`no image '${word}'`);
  try {
    const containerd = createContainerdServices({ ...line.imageCaller, explain: undefined });
    const { layers, config } = await manifestOf(containerd, image, options);
    const { history } = await readJson(containerd, config, options);
    const entries = Array.isArray(history) ? (history as readonly Entry[]) : [];
    return { id: image.id, name: nameOf(image), steps: stepsOf(entries, layers).toReversed() };
  } catch (error) {
    throw onlyContainerd(error, line, { what: "does not tell an image's history" });
  }
}

/** @see OCI image-spec config.md */
interface Entry {
  readonly created?: unknown;
  readonly created_by?: unknown;
  readonly comment?: unknown;
  readonly empty_layer?: unknown;
}

/** Layers without a step are told all the same: not every builder writes a history. */
function stepsOf(history: readonly Entry[], layers: readonly Descriptor[]): readonly HistoryStep[] {
  const rest = layers.values();
  const steps = history.map((entry): HistoryStep => {
    const layer = entry.empty_layer === true ? undefined : rest.next().value;
    return {
      created: text(entry.created),
      createdBy: text(entry.created_by),
      comment: text(entry.comment),
      ...(layer === undefined ? {} : { layer: layer.digest }),
      sizeBytes: layer?.size ?? 0,
    };
  });
  const untold = [...rest].map(({ digest, size }) => ({ layer: digest, sizeBytes: size }));
  return [...steps, ...untold.map((layer) => ({ created: "", createdBy: "", comment: "", ...layer }))];
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

interface Manifest {
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

/** Of an index the manifest whose config is the image's id: that is what CRI means by the image. */
async function manifestOf(containerd: ContainerdServices, image: Image, options: CallOptions): Promise<Manifest> {
  const target = await targetOf(containerd.images, image, options);
  if (!isIndex(target)) return readManifest(containerd, target, options);
  const { manifests } = await readJson(containerd, target, options);
  if (!Array.isArray(manifests)) throw new MalformedAnswerError(`the index ${target.digest} has no manifests`);
  const candidates = manifests.map((entry: unknown) => readDescriptor(entry, target.digest)).filter(isManifest);
  for (const candidate of candidates) {
    // Only what the machine can run was fetched.
    const manifest = await readManifest(containerd, candidate, options).catch((error: unknown) => {
      if (error instanceof NotFoundError) return undefined;
      throw error;
    });
    if (manifest?.config.digest.endsWith(image.id.replace(/^sha256:/u, "")) === true) return manifest;
  }
  throw new NotFoundError(`containerd does not have the manifest of ${nameOf(image)}`);
}

async function readManifest(
  containerd: ContainerdServices,
  target: Descriptor,
  options: CallOptions,
): Promise<Manifest> {
  const { config, layers } = await readJson(containerd, target, options);
  if (!Array.isArray(layers)) throw new MalformedAnswerError(`the manifest ${target.digest} has no layers`);
  return {
    config: readDescriptor(config, target.digest),
    layers: layers.map((layer: unknown) => readDescriptor(layer, target.digest)),
  };
}

async function readJson(
  { content }: ContainerdServices,
  { digest }: Descriptor,
  { signal }: CallOptions,
): Promise<Readonly<Record<string, unknown>>> {
  const text = (await readBlob(content, digest, signal)).toString("utf8");
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch (error) {
    throw new MalformedAnswerError(`the blob ${digest} is not JSON`, { cause: error });
  }
  throw new MalformedAnswerError(`the blob ${digest} is not a JSON object`);
}
