import { command } from "../../command.ts";
import { list, listFormats, listWords } from "../../list.ts";
import { netnsNamesKind } from "../../views/netns.ts";

/** `crikit netns names`: what network namespaces are called. */
export const names = command({
  about:
    "What is mounted in /run/netns, and what crikit's journal says of it. A name of crikit's is over when its pod is gone, or the process that it was made for: 'crikit netns gc' takes it away.",
  examples: ["crikit netns names", "crikit netns names -o json"],
  formats: listFormats,
  words: listWords,
  run: async ({ options }, context) => {
    const { netnsNames } = await import("../../../netns/names.ts");
    return list(netnsNamesKind, netnsNames, { options, context });
  },
});
