import type { Container } from "../../cri/messages.ts";
import { imageNames } from "../../inventory/image-names.ts";
import { containersInPortions, listContainers } from "../../inventory/list-containers.ts";
import { containerFlagCandidates } from "../candidates.ts";
import { command } from "../command.ts";
import { containerQuery, containerWords } from "../container-words.ts";
import { list, listFormats, listWords } from "../list.ts";
import { containersKind, type ListedContainer } from "../views/containers.ts";

/** `crikit ps`: the containers. */
export const ps = command({
  about:
    "The newest come first, and those that run alone unless -a, --state, -l or -n say otherwise. -o wide asks for the status of each, to show its process, addresses and network namespace. -o jsonl prints a list that is too long for one answer as it comes.",
  examples: [
    "crikit ps",
    "crikit ps -a --pod web",
    "crikit ps -o wide",
    "crikit ps -o custom-columns=NAME:.metadata.name,IMAGE:.image.image",
    "crikit ps -aq --state exited",
  ],
  formats: listFormats,
  words: (words) =>
    containerWords(listWords(words))
      .option("--id <id>", "the one with this id, or the start of it")
      .option("-r, --resolve-image-path", "show the image's name instead of its id")
      .option("-v, --verbose", "all that the list knows of each"),
  complete: containerFlagCandidates,
  run: async ({ options }, context) => {
    const line = await context.connect();
    const placesOf = async (found: readonly Container[]) => {
      const { placesOfContainers } = await import("../../inventory/place.ts");
      return placesOfContainers(line, found, line.call);
    };
    const query = containerQuery(options) ?? { state: "running" };
    const namesOf = () => (options.resolveImagePath === true ? imageNames(line.image, line.call) : undefined);
    const withName = (container: Container, names: ReadonlyMap<string, string> | undefined): ListedContainer => ({
      ...container,
      imageName: names?.get(container.imageId) ?? names?.get(container.imageRef),
    });
    const fetch = async () => {
      const [found, names] = await Promise.all([listContainers(line, query, line.call), namesOf()]);
      const places = context.format === "wide" ? await placesOf(found) : [];
      return found.map((container, at) => ({ ...withName(container, names), place: places[at] }));
    };
    async function* portions() {
      const names = await namesOf();
      for await (const found of containersInPortions(line, query, line.call)) {
        yield found.map((container) => withName(container, names));
      }
    }
    const isCut = query.latest === true || query.last !== undefined;
    return list(containersKind, fetch, { options, context, portions: isCut ? undefined : portions });
  },
});
