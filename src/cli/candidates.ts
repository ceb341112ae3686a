import { ContainerState, PodSandboxState } from "../cri/messages.ts";
import { namedContainer, namedPodSandbox } from "../inventory/resolve.ts";
import type { Named } from "../inventory/match-words.ts";
import type { Candidate, Offer, Typed } from "./command.ts";
import type { Context } from "./context.ts";
import { printable } from "./views/printable.ts";
import { shortId } from "./views/human.ts";

/** Gives the values that fit a word, for the shell. One RPC each; what fails is nobody's business at a prompt. */
export type Ask = (context: Pick<Context, "connect">, typed: Typed) => Promise<readonly Candidate[]>;

/** All containers, by name or id. @see CRI RuntimeService.ListContainers */
export const containerCandidates: Ask = containersIn();

/** The containers that run. */
export const runningContainerCandidates: Ask = containersIn(ContainerState.CONTAINER_RUNNING);

/** The containers that were made and never started. */
export const createdContainerCandidates: Ask = containersIn(ContainerState.CONTAINER_CREATED);

/** All pod sandboxes, by name or id. @see CRI RuntimeService.ListPodSandbox */
export const podCandidates: Ask = podsIn();

/** The pod sandboxes that are ready. */
export const readyPodCandidates: Ask = podsIn(PodSandboxState.SANDBOX_READY);

/** All pod sandboxes by the start of their ids, for flags that take no name. */
export const podIdCandidates: Ask = async ({ connect }, typed) => {
  const { runtime, call } = await connect();
  const { items } = await runtime.listPodSandbox({}, call);
  return byId(items.map(namedPodSandbox), typed);
};

/** The images, by their tags; by the id where there is none. @see CRI ImageService.ListImages */
export const imageCandidates: Ask = async ({ connect }, typed) => {
  const { image, call } = await connect();
  const { images } = await image.listImages({}, call);
  return images.flatMap(({ id, repoTags }) => {
    const tags = repoTags.map((tag) => imageName(tag, typed.current)).filter((tag) => isOffered(tag, typed));
    const about = shortId(id);
    if (tags.length > 0) return tags.map((value) => ({ value, about }));
    const ids = [shortId(id), id].filter((value) => isOffered(value, typed));
    return (typed.current !== "" || repoTags.length === 0 ? ids.slice(0, 1) : []).map((value) => ({
      value,
      about: repoTags[0] ?? "without a tag",
    }));
  });
};

/** Images where one begins so, else files: for what takes an image or a config. */
export const imageOrFileCandidates = async (context: Pick<Context, "connect">, typed: Typed): Promise<Offer> => {
  if (/^[./~]/u.test(typed.current)) return "files";
  const images = await imageCandidates(context, typed);
  return images.length > 0 ? images : "files";
};

/** The runtime's handlers, where it tells them. @see CRI RuntimeService.Status */
export const handlerCandidates: Ask = async ({ connect }) => {
  const { runtime, call } = await connect();
  const { runtimeHandlers } = await runtime.status({ verbose: false }, call);
  return runtimeHandlers
    .filter(({ name }) => name !== "")
    .map(({ name }) => ({ value: name, about: "runtime handler" }));
};

/** For the flags that choose containers by what they are. */
export const containerFlagCandidates: Readonly<Record<"--id" | "--image" | "--pod", Ask>> = {
  "--id": async ({ connect }, typed) => {
    const { runtime, call } = await connect();
    const { containers } = await runtime.listContainers({}, call);
    return byId(
      containers.map((container) => namedContainer(container, undefined)),
      typed,
    );
  },
  "--image": imageCandidates,
  "--pod": podCandidates,
};

function byId(objects: readonly Named[], typed: Typed): readonly Candidate[] {
  return objects.flatMap(({ id, names: [about = ""] }) => {
    const value = [shortId(id), id].find((form) => isOffered(form, typed));
    return value === undefined ? [] : [{ value, about }];
  });
}

const containerStates: Readonly<Partial<Record<ContainerState, string>>> = {
  [ContainerState.CONTAINER_CREATED]: "created",
  [ContainerState.CONTAINER_RUNNING]: "running",
  [ContainerState.CONTAINER_EXITED]: "exited",
};

function containersIn(wanted?: ContainerState): Ask {
  return async ({ connect }, typed) => {
    const { runtime, call } = await connect();
    // All of them, whatever is wanted: a name that an exited one has as well is ambiguous.
    const { containers } = await runtime.listContainers({}, call);
    const objects = containers.map((container) => ({
      ...namedContainer(container, undefined),
      isWanted: wanted === undefined || container.state === wanted,
      about: `${containerStates[container.state] ?? "unknown"}, ${container.image?.image ?? ""}`,
    }));
    return offered(objects, typed);
  };
}

function podsIn(wanted?: PodSandboxState): Ask {
  return async ({ connect }, typed) => {
    const { runtime, call } = await connect();
    const { items } = await runtime.listPodSandbox({}, call);
    const objects = items.map((pod) => ({
      ...namedPodSandbox(pod),
      isWanted: wanted === undefined || pod.state === wanted,
      about: `${pod.state === PodSandboxState.SANDBOX_READY ? "ready" : "not ready"}, ${pod.metadata?.namespace ?? ""}`,
    }));
    return offered(objects, typed);
  };
}

/** An object that can be offered. */
interface Choice extends Named {
  readonly isWanted: boolean;
  readonly about: string;
}

/** For each object that is wanted and not typed yet, the shortest of its names that fits and means it alone; else its id. */
function offered(objects: readonly Choice[], typed: Typed): readonly Candidate[] {
  const holders = new Map<string, Choice[]>();
  for (const object of objects) {
    for (const name of object.names) holders.set(name, [...(holders.get(name) ?? []), object]);
  }
  return objects.flatMap((object) => {
    const { id, names, isWanted, about } = object;
    if (!isWanted || typed.before.some((word) => isMeant(word, object))) return [];
    const own = names.filter((name) => meansAlone(object, holders.get(name) ?? []));
    const shortestFirst = own.toSorted((a, b) => a.length - b.length);
    const value = [...shortestFirst, shortId(id), id].find((form) => isOffered(form, typed));
    return value === undefined
      ? []
      : [{ value, about: value.startsWith(shortId(id)) ? `${names[0] ?? ""}, ${about}` : about }];
  });
}

function isMeant(word: string, { id, names }: Named): boolean {
  return names.includes(word) || (word.length >= 6 && id.startsWith(word));
}

/** As `matchWords` reads a name: of one thing's attempts it means the one that lives. */
function meansAlone(object: Choice, holders: readonly Choice[]): boolean {
  if (holders.length === 1) return true;
  if (new Set(holders.map(({ names }) => names[0])).size > 1) return false;
  return object.isLive && holders.filter(({ isLive }) => isLive).length === 1;
}

/** Whether a shell can be given it: it goes on from what is typed, and is neither a flag nor what a terminal obeys. */
function isOffered(value: string, { current }: Typed): boolean {
  return value !== "" && value.startsWith(current) && !value.startsWith("-") && printable(value) === value;
}

/** What Docker Hub's images are called for short, where that is what is being typed. */
function imageName(tag: string, current: string): string {
  const short = [tag, tag.replace(/^docker\.io\/library\//u, ""), tag.replace(/^docker\.io\//u, "")];
  return current === "" ? tag : (short.find((name) => name.startsWith(current)) ?? tag);
}
