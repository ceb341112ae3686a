import { ContainerState, PodSandboxState, type Container, type PodSandbox } from "../cri/messages.ts";
import type { RuntimeService } from "../cri/services.ts";
import type { CallOptions } from "../rpc/call-options.ts";
import { matchWords, type Found, type Kind, type Named } from "./match-words.ts";

/** The part of the runtime that is asked. */
type Runtime = Pick<RuntimeService, "listContainers" | "listPodSandbox">;

const containerKind: Kind = { noun: "container", list: "crikit ps -a" };
const podKind: Kind = { noun: "pod sandbox", list: "crikit pods" };

/** An id as every runtime makes them: 32 random bytes in hexadecimal. */
const wholeId = /^[0-9a-f]{64}$/u;

/**
 * What words mean among the containers, running or not: a whole id, `POD/CONTAINER`, `NAMESPACE/POD/CONTAINER`, a name, the
 * start of an id. Whole ids alone ask nobody; else one list, and the list of pods where a word has a slash.
 *
 * @throws {NotFoundError} when one means nothing
 * @throws {AmbiguousError} when one means several; its hint lists them
 * @see CRI RuntimeService.ListContainers
 */
export async function resolveContainers(
  runtime: Runtime,
  words: readonly string[],
  options: CallOptions = {},
): Promise<readonly Found[]> {
  if (words.every((word) => wholeId.test(word))) return whole(words);
  const slashed = words.some((word) => word.includes("/"));
  const [{ containers }, pods] = await Promise.all([
    runtime.listContainers({}, options),
    slashed ? runtime.listPodSandbox({}, options).then(({ items }) => items) : [],
  ]);
  const podsById = new Map(pods.map((pod) => [pod.id, pod]));
  const named = containers.map((container) => namedContainer(container, podsById.get(container.podSandboxId)));
  return matchWords(words, named, containerKind);
}

/**
 * The same among the pod sandboxes: a whole id, `NAMESPACE/POD`, a pod's name, the start of an id.
 *
 * @throws {NotFoundError} and {AmbiguousError}
 * @see CRI RuntimeService.ListPodSandbox
 */
export async function resolvePodSandboxes(
  runtime: Runtime,
  words: readonly string[],
  options: CallOptions = {},
): Promise<readonly Found[]> {
  if (words.every((word) => wholeId.test(word))) return whole(words);
  const { items } = await runtime.listPodSandbox({}, options);
  return matchWords(words, items.map(namedPodSandbox), podKind);
}

/** A container, and what it may be called. */
export function namedContainer({ id, metadata, labels, state }: Container, pod: PodSandbox | undefined): Named {
  const isLive = state === ContainerState.CONTAINER_RUNNING;
  const name = metadata?.name ?? "";
  const podName = pod?.metadata?.name ?? labels["io.kubernetes.pod.name"];
  const namespace = pod?.metadata?.namespace ?? labels["io.kubernetes.pod.namespace"];
  if (podName === undefined) return { id, names: [name], isLive };
  const inPod = `${podName}/${name}`;
  return { id, names: [inPod, ...(namespace === undefined ? [] : [`${namespace}/${inPod}`]), name], isLive };
}

/** A pod sandbox, and what it may be called. */
export function namedPodSandbox({ id, metadata, state }: PodSandbox): Named {
  const name = metadata?.name ?? "";
  const isLive = state === PodSandboxState.SANDBOX_READY;
  return { id, names: [`${metadata?.namespace ?? ""}/${name}`, name], isLive };
}

function whole(words: readonly string[]): readonly Found[] {
  return [...new Set(words)].map((id) => ({ id, name: undefined }));
}
