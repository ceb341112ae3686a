import { ContainerState, type Container } from "../cri/messages.ts";
import type { Line } from "../cri/connect.ts";
import type { CallOptions } from "../rpc/call-options.ts";
import { listsInPortions } from "../cri/lists-in-portions.ts";
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
  const filter = await filterOf(line, query, options);
  const [{ containers }, image] = await Promise.all([
    line.runtime.listContainers({ filter }, options),
    query.image === undefined ? undefined : namesOfImage(line, query.image, options),
  ]);
  return newestFirst(
    containers.filter((container) => fits(container, query, image)),
    query,
  );
}

/**
 * The same, of a list too long for one answer a portion as soon as it comes: newest first in itself. How many are to be
 * kept is not looked at, because the newest may come last.
 *
 * @throws as {@link listContainers}
 */
export async function* containersInPortions(
  line: Pick<Line, "runtime" | "image" | "caller">,
  query: ContainerQuery = {},
  options: CallOptions = {},
): AsyncGenerator<readonly Container[], void, undefined> {
  const filter = await filterOf(line, query, options);
  const image = query.image === undefined ? undefined : await namesOfImage(line, query.image, options);
  for await (const containers of listsInPortions(line.caller).containers({ filter }, options)) {
    yield newestFirst(containers.filter((container) => fits(container, query, image)));
  }
}

/** What the runtime can compare itself. */
async function filterOf(
  { runtime }: Pick<Line, "runtime">,
  { id, state, labels = {}, pod: word }: ContainerQuery,
  options: CallOptions,
): Promise<ContainerFilter> {
  const [pod] = word === undefined ? [] : await resolvePodSandboxes(runtime, [word], options);
  return {
    ...(id === undefined ? {} : { id }),
    ...(state === undefined ? {} : { state: { state: states[state] } }),
    ...(pod === undefined ? {} : { podSandboxId: pod.id }),
    labelSelector: { ...labels },
  };
}

type ContainerFilter = NonNullable<Parameters<Line["runtime"]["listContainers"]>[0]["filter"]>;

function fits(
  container: Container,
  { name, namespace }: ContainerQuery,
  image: ReadonlySet<string> | undefined,
): boolean {
  return (
    (name?.test(container.metadata?.name ?? "") ?? true) &&
    (namespace?.test(container.labels["io.kubernetes.pod.namespace"] ?? "") ?? true) &&
    (image === undefined || isMadeFrom(container, image))
  );
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
