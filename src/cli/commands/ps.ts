import type { Container } from "../../cri/messages.ts";
import { imageNames } from "../../inventory/image-names.ts";
import { listContainers } from "../../inventory/list-containers.ts";
import { containerFlagCandidates } from "../candidates.ts";
import { command } from "../command.ts";
import { containerQuery, containerWords } from "../container-words.ts";
import { list, listFormats, listWords } from "../list.ts";
import { containersKind } from "../views/containers.ts";

/** `crikit ps`: the containers. */
export const ps = command({
  about:
    "The newest come first, and those that run alone unless -a, --state, -l or -n say otherwise. -o wide asks for the status of each, to show its process, addresses and network namespace.",
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
    const fetch = async () => {
      const [found, names] = await Promise.all([
        listContainers(line, query, line.call),
        options.resolveImagePath === true ? imageNames(line.image, line.call) : undefined,
      ]);
      const places = context.format === "wide" ? await placesOf(found) : [];
      return found.map((container, at) => ({
        ...container,
        place: places[at],
        imageName: names?.get(container.imageId) ?? names?.get(container.imageRef),
      }));
    };
    return list(containersKind, fetch, { options, context });
  },
});
