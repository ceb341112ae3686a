import { imageCandidates } from "../candidates.ts";
import { command } from "../command.ts";
import { list, listFormats, listWords } from "../list.ts";
import { historyKind } from "../views/image-history.ts";

/** `crikit history`: how an image was made. */
export const history = command({
  about:
    "The last step comes first. The sizes are those of the layers as they were pulled, packed. Only containerd tells it.",
  examples: ["crikit history busybox", "crikit history busybox --no-trunc", "crikit history 3f5a -o json"],
  formats: listFormats,
  words: (words) => listWords(words.argument("<image>", "a name or an id of the image")),
  complete: { image: imageCandidates },
  run: async ({ args: [word], options }, context) => {
    const { imageHistory } = await import("../../images/image-history.ts");
    const line = await context.connect();
    const fetch = async () => (await imageHistory(line, word, line.call)).steps;
    return list(historyKind, fetch, { options, context });
  },
});
