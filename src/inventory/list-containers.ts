import { ContainerState, type Container } from "../cri/messages.ts";
import type { Line } from "../cri/connect.ts";
import type { CallOptions } from "../rpc/call-options.ts";
import { newestFirst, type Cut } from "./newest-first.ts";
import { resolvePodSandboxes } from "./resolve.ts";

/** Which containers. What is absent does not narrow. */
export interface ContainerQuery extends Cut {
  /** Whole, or its start where the runtime takes that. */
  readonly id?: string | undefined;
  readonly name?: RegExp | undefined;
  /** The Kubernetes namespace of their pod, as their label says it. */
  readonly namespace?: RegExp | undefined;
  /** Their pod's id, the start of it, its name, or `NAMESPACE/POD`. */
  readonly pod?: string | undefined;
  /** Any name, id or digest of the image they were made from. */
  readonly image?: string | undefined;
  readonly state?: ContainerStateWord | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
}

/** A container's state as a word. */
export type ContainerStateWord = "created" | "running" | "exited" | "unknown";

const states: Readonly<Record<ContainerStateWord, ContainerState>> = {
  created: ContainerState.CONTAINER_CREATED,
  running: ContainerState.CONTAINER_RUNNING,
  exited: ContainerState.CONTAINER_EXITED,
  unknown: ContainerState.CONTAINER_UNKNOWN,
};

/**
 * The containers that fit, newest first: one list, and one more RPC for a pod by name or for an image.
 *
 * @throws {NotFoundError} and {AmbiguousError} when there is no such pod or image, or several
 * @see CRI RuntimeService.ListContainers
 */
export async function listContainers(
  line: Pick<Line, "runtime" | "image">,
  query: ContainerQuery = {},
  options: CallOptions = {},
): Promise<readonly Container[]> {
  const { id, state, labels = {} } = query;
  const [pod] = query.pod === undefined ? [] : await resolvePodSandboxes(line.runtime, [query.pod], options);
  const filter = {
    ...(id === undefined ? {} : { id }),
    ...(state === undefined ? {} : { state: { state: states[state] } }),
    ...(pod === undefined ? {} : { podSandboxId: pod.id }),
    labelSelector: { ...labels },
  };
  const [{ containers }, image] = await Promise.all([
    line.runtime.listContainers({ filter }, options),
    query.image === undefined ? undefined : namesOfImage(line, query.image, options),
  ]);
  const fitting = containers.filter(
    (container) =>
      (query.name?.test(container.metadata?.name ?? "") ?? true) &&
      (query.namespace?.test(container.labels["io.kubernetes.pod.namespace"] ?? "") ?? true) &&
      (image === undefined || isMadeFrom(container, image)),
  );
  return newestFirst(fitting, query);
}

/** Everything an image is called; its word alone when the runtime no longer has it, as containers outlive their image. */
async function namesOfImage(
  line: Pick<Line, "image">,
  word: string,
  options: CallOptions,
): Promise<ReadonlySet<string>> {
  const { image } = await line.image.imageStatus({ image: { image: word } }, options);
  return new Set([word, ...(image === undefined ? [] : [image.id, ...image.repoTags, ...image.repoDigests])]);
}

/** Runtimes differ in which of the three fields holds the id, and which the name. */
function isMadeFrom({ image, imageId, imageRef }: Container, names: ReadonlySet<string>): boolean {
  return [imageId, imageRef, image?.image ?? ""].some((name) => name !== "" && names.has(name));
}
